import { mkdirSync, readdirSync, statSync } from 'node:fs';
import t from 'tap';
import { createArguments } from '../support/arguments.js';
import { attach } from '../support/attach.js';
import { RUNTIMES, container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { gate } from '../support/gate.js';
import { sleeps } from '../support/idle.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { processesOf, scene } from '../support/scene.js';
import { betterThanC, betterThanCNeeds } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

const STDOUT = 2;

for (const name of RUNTIMES) {
  const options = name === 'miniruntime' ? needs('miniruntime') : needs('root', name, 'busybox', 'unshare');
  void t.test(`${name}: a terminal for the container, all output as stdout`, options, async (t) => {
    const s = scene(t);
    const args = ['sh', '-c', 'tty; echo err >&2; exit 13'];
    const c = container(t, s, name, { args, terminal: true });
    const run = launch(t, s, createArguments(s, c.runtime, [...c.options, '-t']));
    await run.started();
    await c.start();
    t.equal(await run.finished(), '13');
    t.match(joined(readLog(s.log), 'stdout'), /^\/dev\/(pts\/\d+|console)\r\nerr\r\n$/);
    t.equal(joined(readLog(s.log), 'stderr'), '');
    t.same(
      readdirSync(s.dir).filter((file) => /term|console/.test(file)),
      [],
      'the console socket is gone',
    );
  });

  void t.test(`${name}: a client types on the terminal`, { ...options, ...needs('socat') }, async (t) => {
    const s = scene(t);
    const args = ['sh', '-c', 'read -r a; echo "got $a"; cat; exit 14'];
    const c = container(t, s, name, { args, terminal: true });
    const run = launch(t, s, createArguments(s, c.runtime, [...c.options, '-t', '-i']));
    await run.started();
    const client = await attach(t, `${s.bundle}/attach`);
    await c.start();
    client.send('one\n');
    await client.expect(STDOUT, /got one\r\n/);
    client.send('two\n');
    await client.expect(STDOUT, /two\r\ntwo\r\n/);
    // ^D at the start of a line is the end of the input.
    client.send('\x04');
    t.equal(await run.finished(), '14');
    await client.closed();
  });
}

void t.test(
  'the output of a container with a terminal that ends immediately is complete, in the log and for a client',
  needs('miniruntime', 'socat'),
  async (t) => {
    const wrong: string[] = [];
    for (let life = 1; life <= 60; life += 1) {
      const s = scene(t);
      const c = container(t, s, 'miniruntime', { args: ['echo', `life ${life}`], terminal: true });
      const run = launch(t, s, createArguments(s, c.runtime, [...c.options, '-t']));
      await run.started();
      const client = await attach(t, `${s.bundle}/attach`);
      await c.start();
      await run.finished();
      await client.closed();
      const seen = [joined(readLog(s.log), 'stdout'), client.text(STDOUT)];
      wrong.push(...seen.filter((text) => text !== `life ${life}\r\n`).map((text) => `life ${life}: ${text}`));
    }
    t.same(wrong, []);
  },
);

void t.test('a terminal that the runtime did not send is a failure', needs('miniruntime'), async (t) => {
  const s = scene(t);
  const c = container(t, s, 'miniruntime', { args: ['sleep', '60'], terminal: true });
  const run = launch(t, s, createArguments(s, c.runtime, [...c.options, '-t']), {
    env: { MINIRUNTIME_NO_CONSOLE: '1' },
  });
  await t.test('that is reported', betterThanC('2.1.6 waits or reports the pid'), async (t) => {
    t.match(await run.sync.message(), { data: -1, message: /terminal/ });
    t.match(await run.sync.rest(), /^[^\n]*\n$/);
  });
  await t.test('leaves no container behind', betterThanC('2.1.6 waits or reports the pid'), async () => {
    await until('the end of all processes', () => processesOf(s.dir).length === 0);
  });
});

void t.test(
  'input that arrives before the terminal exists is kept until it does',
  needs('miniruntime', 'socat'),
  async (t) => {
    const s = scene(t);
    const args = ['sh', '-c', 'read -r a; echo "got $a"'];
    const c = container(t, s, 'miniruntime', { args, terminal: true });
    const runtime = gate(s, c.runtime);
    const run = launch(t, s, createArguments(s, runtime.path, [...c.options, '-t', '-i']));
    await untilExists(runtime.reached);
    const client = await attach(t, `${s.bundle}/attach`);
    client.send('early\n');
    runtime.open();
    await run.started();
    await c.start();
    t.equal(await run.finished(), '0');
    t.match(joined(readLog(s.log), 'stdout'), /got early\r\n/);
  },
);

void t.test(
  'a container that closes its terminal and continues to run costs no wake-up',
  betterThanCNeeds('2.1.6 looks again and again', 'miniruntime'),
  async (t) => {
    const s = scene(t);
    const args = ['sh', '-c', 'echo ready; exec sleep 60 <&- >&- 2>&-'];
    const c = container(t, s, 'miniruntime', { args, terminal: true });
    const run = launch(t, s, createArguments(s, c.runtime, [...c.options, '-t']));
    await run.started();
    await c.start();
    await until('the line', () => joined(readLog(s.log), 'stdout') === 'ready\r\n');
    await sleeps(t, await run.pid());
  },
);

void t.test('a terminal leaves nothing behind', needs('miniruntime'), async (t) => {
  const s = scene(t);
  const c = container(t, s, 'miniruntime', { args: ['head', '-c', '200000', '/dev/zero'], terminal: true });
  const run = launch(t, s, createArguments(s, c.runtime, [...c.options, '-t']));
  await run.started();
  await c.start();
  t.equal(await run.finished(), '0');
  t.equal(joined(readLog(s.log), 'stdout').length, 200_000, 'all output is there');
  await until('the end of all processes', () => processesOf(s.dir).length === 0);
});

void t.test('the console socket is in a private directory below TMPDIR', needs('miniruntime'), async (t) => {
  const s = scene(t);
  const c = container(t, s, 'miniruntime', { args: ['true'], terminal: true });
  const tmp = `${s.dir}/tmp`;
  mkdirSync(tmp);
  const runtime = gate(s, c.runtime);
  const run = launch(t, s, createArguments(s, runtime.path, [...c.options, '-t']), { env: { TMPDIR: tmp } });
  await untilExists(runtime.reached);
  const [directory = ''] = readdirSync(tmp);
  t.equal((statSync(`${tmp}/${directory}`).mode & 0o077).toString(8), '0', 'nobody else can connect');
  runtime.open();
  await run.started();
  t.same(readdirSync(tmp), [], 'and is gone when the container is there');
});
