/** `--syslog` and `--log-level`: our own messages as they arrive at /dev/log, which here is a socket of the test's own. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { attach } from '../support/attach.js';
import { container } from '../support/container.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { type Scene, scene } from '../support/scene.js';
import { type Syslog, ownDevices, syslog } from '../support/syslog.js';
import { betterThanC, betterThanCNeeds } from '../support/target.js';
import { until } from '../support/wait.js';

const MISSING = needs('root', 'socat', 'unshare', 'nsenter');

/** Priority, time, tag, the id cut to 20 characters, level. */
const FORMAT = (severity: number, level: string, s: Scene): RegExp =>
  new RegExp(
    `<${8 + severity}>[A-Z][a-z]{2} [ 0-9]\\d \\d\\d:\\d\\d:\\d\\d conmon: conmon ${s.cid.slice(0, 20)} <${level}>: (.*)`,
  );

/** Runs a container that ends with 3. */
async function live(t: Test, s: Scene, { namespace }: Syslog, extra: readonly string[]): Promise<void> {
  const runtime = actor(s, { payload: 'exit 3' });
  const prefix = [...namespace.prefix, s.dir];
  const run = launch(t, s, createArguments(s, runtime.path, extra), { prefix });
  await run.started();
  await runtime.start();
  t.equal(await run.finished(), '3');
}

void t.test(
  '--log-level info --syslog: the exit of the container is reported in the form of syslog(3)',
  MISSING,
  async (t) => {
    const s = scene(t);
    const log = await syslog(t, s);
    await live(t, s, log, ['--syslog', '--log-level', 'info']);
    await until('the message', () => FORMAT(6, 'ninfo', s).exec(log.text())?.[1]?.includes('exited with status 3'));
  },
);

for (const extra of [['--syslog'], ['--syslog', '--log-level', 'error'], ['--log-level', 'debug']]) {
  void t.test(`"${extra.join(' ')}": a container without trouble causes no message`, MISSING, async (t) => {
    const s = scene(t);
    const log = await syslog(t, s);
    await live(t, s, log, extra);
    t.equal(log.text(), '');
  });
}

void t.test('a device in the place of a log, which cannot be synced, causes no message', MISSING, async (t) => {
  const s = scene(t);
  const log = await syslog(t, s);
  await live(t, s, log, ['--syslog', '-l', 'k8s-file:/dev/null']);
  t.equal(log.text(), '');
});

void t.test('an exit file that cannot be written is an error, with its path', MISSING, async (t) => {
  const s = scene(t);
  const log = await syslog(t, s);
  const runtime = actor(s, { payload: 'exit 3' });
  const args = createArguments(s, runtime.path, ['--syslog'], { '--exit-dir': `${s.dir}/gone` });
  const run = launch(t, s, args, { prefix: [...log.namespace.prefix, s.dir] });
  await run.started();
  await runtime.start();
  await until('the message', () => FORMAT(3, 'error', s).exec(log.text())?.[1]?.includes(`${s.dir}/gone`));
});

for (const [script, how] of [
  ['exit 143', 'exited with status 143, probably ended by SIGTERM'],
  ['kill -9 $$', 'killed by signal 9'],
] as const) {
  void t.test(
    `an exit command that fails ("${script}") is a warning in syslog, and its manager's pipe gets nothing`,
    { ...MISSING, ...betterThanC('2.1.6 does not report it') },
    async (t) => {
      const s = scene(t);
      const log = await syslog(t, s);
      const runtime = actor(s, { payload: 'exit 3' });
      const command = ['--exit-command', '/bin/sh', '--exit-command-arg', '-c', '--exit-command-arg', script];
      const args = createArguments(s, runtime.path, ['--syslog', ...command]);
      const run = launch(t, s, args, { prefix: [...log.namespace.prefix, s.dir] });
      await run.started();
      await runtime.start();
      t.equal(await run.finished(), '3');
      await until(
        'the message',
        () => FORMAT(4, 'nwarn', s).exec(log.text())?.[1] === `the exit command /bin/sh: ${how}`,
      );
      t.match(await run.sync.rest(), /^\{"data": \d+\}\n$/);
    },
  );
}

void t.test(
  'a terminal that is hung up at the end causes no message',
  { ...MISSING, ...betterThanCNeeds('2.1.6 warns of the EIO', 'miniruntime') },
  async (t) => {
    const s = scene(t);
    const log = await syslog(t, s);
    const c = container(t, s, 'miniruntime', { args: ['sh', '-c', 'echo x; exit 3'], terminal: true });
    const args = createArguments(s, c.runtime, [...c.options, '-t', '--syslog']);
    const run = launch(t, s, args, { prefix: [...log.namespace.prefix, s.dir] });
    await run.started();
    await c.start();
    t.equal(await run.finished(), '3');
    t.equal(log.text(), '');
  },
);

void t.test(
  'input that the container takes slowly causes no message, and is complete',
  { ...MISSING, ...betterThanC('2.1.6 warns of each packet that has to wait') },
  async (t) => {
    const s = scene(t);
    const log = await syslog(t, s);
    const lines = 2000;
    const runtime = actor(s, { payload: `sleep 0.3; sha256sum > '${s.dir}/sum'; exit 3` });
    const args = createArguments(s, runtime.path, ['-i', '--syslog']);
    const run = launch(t, s, args, { prefix: [...log.namespace.prefix, s.dir] });
    await run.started();
    const client = await attach(t, `${s.bundle}/attach`);
    const input = `${'x'.repeat(199)}\n`.repeat(lines);
    client.send(input);
    client.end();
    await runtime.start();
    t.equal(await run.finished(), '3');
    t.equal(readFileSync(`${s.dir}/sum`, 'latin1').split(' ')[0], createHash('sha256').update(input).digest('hex'));
    t.equal(log.text(), '');
  },
);

void t.test('--syslog: a runtime that fails is an error there, too', MISSING, async (t) => {
  const s = scene(t);
  const log = await syslog(t, s);
  const runtime = actor(s, { instead: 'echo "no luck" >&2; exit 1' });
  const prefix = [...log.namespace.prefix, s.dir];
  const run = launch(t, s, createArguments(s, runtime.path, ['--syslog', '--log-level', 'error']), { prefix });
  await run.sync.message();
  await until('the message', () => FORMAT(3, 'error', s).test(log.text()));
  await t.test('with the words of the runtime', betterThanC('2.1.6 reports its status'), async (t) => {
    t.match(FORMAT(3, 'error', s).exec(log.text())?.[1], /no luck/);
  });
});

void t.test('--syslog: a refusal of the command line is an error there, too', MISSING, async (t) => {
  const s = scene(t);
  const log = await syslog(t, s);
  const prefix = [...log.namespace.prefix, s.dir];
  const run = launch(t, s, createArguments(s, '/no/such/runtime', ['--syslog']), { prefix });
  t.equal((await run.launcher()).code, 1);
  await until('the message', () => FORMAT(3, 'error', s).exec(log.text())?.[1]?.startsWith('Runtime path /no/such/'));
});

void t.test('--syslog has no effect when nobody listens', MISSING, async (t) => {
  const s = scene(t);
  const namespace = await ownDevices(s);
  t.teardown(() => namespace.leave());
  await live(t, s, { namespace, text: () => '' }, ['--syslog', '--log-level', 'trace']);
  t.ok(existsSync(s.exitFile));
});
