import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { gate } from '../support/gate.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { isAlive, status } from '../support/proc.js';
import { processesOf, scene } from '../support/scene.js';
import { betterThanC, betterThanCNeeds, unlessEmulated, unlessNode } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

const SIGPIPE = 13;

/** Whether a mask of /proc/PID/status, such as `SigIgn`, names the signal. */
function names(mask: string | undefined, signal: number): boolean {
  return ((BigInt(`0x${mask ?? '0'}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

for (const [signal, short] of [
  ['SIGTERM', 'TERM'],
  ['SIGINT', 'INT'],
  ['SIGQUIT', 'QUIT'],
] as const) {
  void t.test(`${signal} is handed on to the container`, async (t) => {
    const s = scene(t);
    const runtime = actor(s, {
      payload: `trap 'echo got ${short}; exit 21' ${short}; echo ready; while :; do sleep 0.02; done`,
    });
    const run = launch(t, s, createArguments(s, runtime.path));
    await run.started();
    await runtime.start();
    await until('the trap', () => joined(readLog(s.log), 'stdout') === 'ready\n');
    process.kill(await run.pid(), signal);
    t.equal(await run.finished(), '21');
    t.equal(joined(readLog(s.log), 'stdout'), `ready\ngot ${short}\n`);
  });
}

void t.test('SIGTERM ends a container that does not handle it: 143', async (t) => {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, actor(s).path));
  await run.started();
  process.kill(await run.pid(), 'SIGTERM');
  t.equal(await run.finished(), '143');
});

void t.test('SIGTERM is handed on to the runtime while it creates', async (t) => {
  const s = scene(t);
  const before = `trap 'echo told to end >&2; exit 9' TERM; : > '${s.dir}/trapped'; while :; do sleep 0.02; done`;
  const run = launch(t, s, createArguments(s, actor(s, { before }).path));
  await untilExists(`${s.dir}/trapped`);
  process.kill(await run.pid(), 'SIGTERM');
  t.same(await run.sync.message(), { data: -1, message: 'told to end\n' });
  await until('the end of all processes', () => processesOf(s.dir).length === 0);
});

void t.test(
  'signals while the runtime sends the terminal do no harm: the container starts, or the reason is reported',
  needs('miniruntime'),
  async (t) => {
    const s = scene(t);
    const c = container(t, s, 'miniruntime', { args: ['sh', '-c', 'exit 5'], terminal: true });
    const runtime = gate(s, c.runtime);
    const run = launch(t, s, createArguments(s, runtime.path, [...c.options, '-t']));
    await untilExists(runtime.reached);
    const monitor = await run.pid();
    runtime.open();
    const message = run.sync.message();
    let told = false;
    void message.finally(() => (told = true)).catch(() => undefined);
    await until('the message', () => {
      for (const signal of ['SIGUSR1', 'SIGCHLD', 'SIGPIPE', 'SIGWINCH'] as const) process.kill(monitor, signal);
      return told;
    });
    t.ok(Number((await message)['data']) > 0);
    await c.start();
    t.equal(await run.finished(), '5');
  },
);

void t.test('SIGUSR1 never kills the monitor', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { before: `until [ -e '${s.dir}/continue' ]; do sleep 0.02; done`, payload: 'exit 2' });
  const run = launch(t, s, createArguments(s, runtime.path));
  const monitor = await run.pid();
  await untilExists(`${s.dir}/runtime.pid`);
  process.kill(monitor, 'SIGUSR1');
  writeFileSync(`${s.dir}/continue`, '');
  await run.started();
  for (let round = 0; round < 10; round++) process.kill(monitor, 'SIGUSR1');
  await runtime.start();
  t.equal(await run.finished(), '2');
});

void t.test('the monitor ignores SIGPIPE', async (t) => {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, actor(s).path));
  await run.started();
  t.ok(names(status(await run.pid(), 'SigIgn'), SIGPIPE));
});

void t.test('the container does not ignore SIGPIPE', betterThanC('2.1.6 leaves that to the runtime'), async (t) => {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, actor(s).path));
  t.equal(status(await run.started(), 'SigIgn'), '0000000000000000');
});

void t.test(
  'signals after the container was reaped reach no process, and do not keep the exit command from ending',
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'exit 6' });
    const script = `: > '${s.dir}/begun'; until [ -e '${s.dir}/continue' ]; do sleep 0.02; done; : > '${s.dir}/ended'`;
    const command = ['--exit-command', '/bin/sh', '--exit-command-arg', '-c', '--exit-command-arg', script];
    const run = launch(t, s, createArguments(s, runtime.path, command));
    await run.started();
    await runtime.start();
    await untilExists(`${s.dir}/begun`);
    const monitor = await run.pid();
    for (let round = 0; round < 20; round++) process.kill(monitor, 'SIGTERM');
    writeFileSync(`${s.dir}/continue`, '');
    await until('the end of the monitor', () => !isAlive(monitor));
    t.ok(existsSync(`${s.dir}/ended`));
    t.equal(await run.finished(), '6');
  },
);

void t.test(
  'the runtime has the signal mask of the caller',
  unlessNode('Node empties its signal mask at start-up'),
  async (t) => {
    const s = scene(t);
    const SIGUSR2 = 12;
    const runtime = actor(s);
    await launch(t, s, createArguments(s, runtime.path), { prefix: ['env', '--block-signal=USR2'] }).started();
    const mask = /^SigBlk:\s*([0-9a-f]+)$/m.exec(runtime.record('status'))?.[1];
    t.equal(BigInt(`0x${mask ?? '0'}`), 1n << BigInt(SIGUSR2 - 1));
  },
);

void t.test(
  'the exit command has no signal ignored or blocked',
  betterThanC('2.1.6 leaves SIGPIPE ignored'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s);
    // No shell: it changes its signal mask while it starts a command.
    const words = ['/proc/self/status', `${s.dir}/status`];
    const command = ['--exit-command', '/bin/cp', ...words.flatMap((word) => ['--exit-command-arg', word])];
    const run = launch(t, s, createArguments(s, runtime.path, command));
    await run.started();
    await runtime.start();
    await run.finished();
    const text = readFileSync(`${s.dir}/status`, 'utf8');
    t.match(text, /^SigBlk:\s*0+$/m);
    t.match(text, /^SigIgn:\s*0+$/m);
  },
);

void t.test(
  'a container of a caller that ignores SIGCHLD has its own status',
  betterThanC('2.1.6 never sees its end'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'exit 7' });
    const prefix = ['env', '--ignore-signal=CHLD'];
    const run = launch(t, s, createArguments(s, runtime.path), { prefix });
    await run.started();
    await runtime.start();
    t.equal(await run.finished(), '7');
    t.equal(readFileSync(s.persistFile, 'utf8'), '7');
  },
);

for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
  void t.test(`${signal} is handed on although the caller ignores it`, async (t) => {
    const s = scene(t);
    // Perl can change what was ignored when it was started; a shell cannot (POSIX, "trap").
    const trap = `$SIG{${signal.slice(3)}} = sub { exit 21 }; open my $f, ">", "${s.dir}/trapped"; sleep 1 while 1`;
    const runtime = actor(s, { ungated: true, payload: `exec perl -e '${trap}'` });
    const prefix = ['env', `--ignore-signal=${signal.slice(3)}`];
    const run = launch(t, s, createArguments(s, runtime.path), { prefix });
    await run.started();
    await untilExists(`${s.dir}/trapped`);
    process.kill(await run.pid(), signal);
    t.equal(await run.finished(), '21');
  });
}

void t.test(
  'the runtime ignores what the caller ignored',
  {
    ...betterThanCNeeds('2.1.6 resets some of them', 'miniruntime'),
    ...unlessNode('Node gives every signal its default action'),
    ...unlessEmulated('the shell that starts it resets SIGCHLD'),
  },
  async (t) => {
    const s = scene(t);
    const c = container(t, s, 'miniruntime', { args: ['true'] });
    const env = { MINIRUNTIME_DUMP: `${s.dir}/dump` };
    const prefix = ['env', '--ignore-signal=CHLD,XFSZ,USR2,HUP'];
    await launch(t, s, createArguments(s, c.runtime, c.options), { prefix, env }).started();
    const [line = ''] = readFileSync(`${s.dir}/dump`, 'utf8').split('\n');
    const { ignored } = JSON.parse(line) as { ignored: string };
    // CHLD, XFSZ, USR2, HUP, and not TERM. The standard library of this runtime ignores SIGPIPE by itself.
    t.same(
      [17, 25, 12, 1, 15].map((signal) => names(ignored, signal)),
      [true, true, true, true, false],
    );
  },
);

void t.test(
  'the exit command ignores what the caller ignored, except SIGCHLD',
  {
    ...betterThanC('2.1.6 leaves SIGPIPE ignored'),
    ...unlessNode('Node gives every signal its default action'),
  },
  async (t) => {
    const s = scene(t);
    const runtime = actor(s);
    const words = ['/proc/self/status', `${s.dir}/status`];
    const command = ['--exit-command', '/bin/cp', ...words.flatMap((word) => ['--exit-command-arg', word])];
    const prefix = ['env', '--ignore-signal=CHLD,PIPE,XFSZ'];
    const run = launch(t, s, createArguments(s, runtime.path, command), { prefix });
    await run.started();
    await runtime.start();
    await run.finished();
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`${s.dir}/status`, 'utf8'))?.[1];
    const [SIGXFSZ, SIGCHLD] = [25, 17];
    t.same(
      [SIGPIPE, SIGXFSZ, SIGCHLD].map((signal) => names(mask, signal)),
      [true, true, false],
    );
  },
);
