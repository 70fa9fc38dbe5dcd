/** The runtime's arguments in create, restore and exec, and how its failures are reported. */
import { existsSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { type LaunchOptions, type Launched, launch } from '../support/monitor.js';
import { isAlive } from '../support/proc.js';
import { type Scene, processesOf, scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

/** Options of an exec as Podman gives them. */
function execArguments(s: Scene, runtime: string, extra: readonly string[] = []): string[] {
  writeFileSync(`${s.dir}/process.json`, '{}');
  return createArguments(s, runtime, ['-e', '--exec-attach', '--exec-process-spec', `${s.dir}/process.json`, ...extra]);
}

function exec(t: Test, s: Scene, args: readonly string[], options: LaunchOptions = {}): Launched {
  return launch(t, s, args, { attachPipe: true, ...options });
}

void t.test('create: runtime arguments before the subcommand, options after it, the id last', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const extra = [
    '-s',
    '--no-pivot',
    '--no-new-keyring',
    '--runtime-arg',
    '--root',
    '--runtime-arg=/x',
    '--runtime-opt',
    '--preserve-fds',
    '--runtime-opt',
    '2',
  ];
  await launch(t, s, createArguments(s, runtime.path, extra)).started();
  t.same(runtime.args(), [
    ...['--systemd-cgroup', '--root', '/x', 'create', '--bundle', s.bundle, '--pid-file', s.pidfile],
    ...['--no-pivot', '--no-new-keyring', '--preserve-fds', '2', s.cid],
  ]);
});

void t.test('create without a bundle and a pid file: the working directory, and pidfile-CID in it', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const args = createArguments(s, runtime.path, [], { '-b': null, '-p': null });
  await launch(t, s, args, { cwd: s.bundle }).started();
  t.same(runtime.args(), ['create', '--bundle', s.bundle, '--pid-file', `${s.bundle}/pidfile-${s.cid}`, s.cid]);
});

void t.test('restore: the checkpoint is --image-path, the bundle is --work-path', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  await launch(
    t,
    s,
    createArguments(s, runtime.path, ['--restore', '/image', '--runtime-opt', '--tcp-established']),
  ).started();
  const args = runtime.args();
  t.same(args.slice(0, 5), ['restore', '--bundle', s.bundle, '--pid-file', s.pidfile]);
  t.equal(args.at(-1), s.cid);
  const pair = (name: string): string | undefined => args[args.indexOf(name) + 1];
  t.equal(pair('--image-path'), '/image');
  t.equal(pair('--work-path'), s.bundle);
  t.ok(args.includes('--detach') && args.includes('--tcp-established'));
});

void t.test('exec: --process and --detach, never --tty, -d or --systemd-cgroup', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const run = exec(t, s, execArguments(s, runtime.path, ['-s', '--runtime-arg', '--root=/x']));
  await run.attach.message();
  run.go();
  await run.started();
  await t.test('exactly', betterThanC('2.1.6 hands --systemd-cgroup on'), async (t) => {
    t.same(runtime.args(), [
      '--root=/x',
      'exec',
      '--pid-file',
      s.pidfile,
      '--process',
      `${s.dir}/process.json`,
      '--detach',
      s.cid,
    ]);
  });
  await runtime.start();
});

for (const [what, instead, words] of [
  ['that fails', 'echo "no such program" >&2; exit 1', /no such program/],
  ['that is killed', 'echo "about to die" >&2; kill -9 $$', /about to die/],
] as const) {
  void t.test(`exec: a runtime ${what} is reported with a negative number and its message`, async (t) => {
    const s = scene(t);
    const run = exec(t, s, execArguments(s, actor(s, { instead }).path));
    await run.attach.message();
    run.go();
    const message = await run.sync.message();
    t.ok(Number(message['data']) < 0, JSON.stringify(message));
    t.match(message['message'], words);
    await until('the end of all processes', () => processesOf(s.dir).length === 0);
  });
}

void t.test(
  'exec: a runtime that leaves no pid file has failed, with -1 whatever its status',
  betterThanC('2.1.6 sends the negative of its status'),
  async (t) => {
    for (const status of [0, 1, 127]) {
      const s = scene(t);
      const run = exec(t, s, execArguments(s, actor(s, { instead: `echo said >&2; exit ${status}` }).path));
      await run.attach.message();
      run.go();
      t.equal((await run.sync.message())['data'], -1, String(status));
      t.match(await run.sync.rest(), /^[^\n]*\n$/, 'once');
    }
  },
);

void t.test(
  'exec: a non-zero status of a runtime that left a pid file is the status of the command',
  betterThanC('2.1.6 asks the status alone'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { ungated: true, payload: 'exit 5', after: 'exit 5' });
    const run = exec(t, s, execArguments(s, runtime.path));
    await run.attach.message();
    run.go();
    await run.started();
    t.equal(await run.finished(), '5');
  },
);

void t.test('exec: the runtime dies with the monitor', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { before: `: > '${s.dir}/reached'; sleep 30` });
  const run = exec(t, s, execArguments(s, runtime.path));
  await run.attach.message();
  run.go();
  await untilExists(`${s.dir}/reached`);
  const pid = Number(runtime.record('pid'));
  process.kill(await run.pid(), 'SIGKILL');
  await until('the end of the runtime', () => !isAlive(pid));
  t.notOk(existsSync(s.exitFile));
});
