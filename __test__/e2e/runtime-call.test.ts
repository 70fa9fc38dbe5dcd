/** What the runtime is called with, in create, restore and exec; and the handshake of an exec that is attached to. */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { attach } from '../support/attach.js';
import { joined, readLog } from '../support/cri-log.js';
import { type LaunchOptions, type Launched, launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { isAlive } from '../support/proc.js';
import { type Scene, processesOf, scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

const STDOUT = 2;

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

void t.test('restore: the folder of the image, the bundle as folder to work in', async (t) => {
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

void t.test(
  'exec: nothing before the first byte; then the socket and data 0; the runtime after the second byte',
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'exit 5' });
    const run = exec(t, s, execArguments(s, runtime.path), { hold: true });
    run.go();
    t.same(await run.attach.message(), { data: 0 });
    t.match(run.attach.text, /^\{"data": ?0\}\n$/);
    t.ok(statSync(`${s.bundle}/attach`).isSocket(), 'the socket is there');
    t.same(await run.launcher(), { code: 0, signal: null });
    t.notOk(existsSync(`${s.dir}/runtime.pid`), 'the runtime waits');
    t.equal(run.sync.text, '');
    run.go();
    const pid = await run.started();
    t.ok(isAlive(pid));
    await runtime.start();
    t.equal(await run.finished(), '5');
    t.match(run.sync.text, new RegExp(`^\\{"data": ?${pid}\\}\\n\\{"data": ?5\\}\\n$`), 'then the exit status');
  },
);

void t.test('exec: a manager that dies before the second byte does not keep the command from running', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'exit 5' });
  const run = exec(t, s, execArguments(s, runtime.path));
  await run.attach.message();
  run.close('start');
  await run.started();
  await runtime.start();
  t.equal(await run.finished(), '5');
});

void t.test('exec: a client that connects before the second byte gets all output', needs('socat'), async (t) => {
  const s = scene(t);
  const runtime = actor(s, { ungated: true, payload: 'echo first; exit 0' });
  const run = exec(t, s, execArguments(s, runtime.path));
  await run.attach.message();
  const client = await attach(t, `${s.bundle}/attach`);
  run.go();
  await run.finished();
  await client.closed();
  t.equal(client.text(STDOUT), 'first\n');
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

void t.test('exec: the stderr of the runtime and the output of the command are kept apart', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'echo out; echo err >&2' });
  const run = exec(t, s, execArguments(s, runtime.path));
  await run.attach.message();
  run.go();
  await run.started();
  await runtime.start();
  await run.finished();
  t.equal(joined(readLog(s.log), 'stdout'), 'out\n');
  t.equal(joined(readLog(s.log), 'stderr'), 'err\n');
});

void t.test('--exec-attach without an attach pipe is an error', betterThanC('2.1.6 goes on'), async (t) => {
  const s = scene(t);
  const run = launch(t, s, execArguments(s, actor(s).path));
  t.equal((await run.launcher()).code, 1);
});

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
