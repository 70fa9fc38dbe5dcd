/** The handshake of an exec that is attached to. */
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
import { until } from '../support/wait.js';

const STDOUT = 2;

/** Options of an exec as Podman gives them. */
function execArguments(s: Scene, runtime: string, extra: readonly string[] = []): string[] {
  writeFileSync(`${s.dir}/process.json`, '{}');
  return createArguments(s, runtime, ['-e', '--exec-attach', '--exec-process-spec', `${s.dir}/process.json`, ...extra]);
}

function exec(t: Test, s: Scene, args: readonly string[], options: LaunchOptions = {}): Launched {
  return launch(t, s, args, { attachPipe: true, ...options });
}

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
    t.match(await run.sync.rest(), new RegExp(`^\\{"data": ?${pid}\\}\\n\\{"data": ?5\\}\\n$`), 'then the exit status');
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

void t.test(
  'exec: a set-up failure is reported on the attach pipe, without "ready"',
  betterThanC('2.1.6 says nothing there'),
  async (t) => {
    const s = scene(t);
    const run = exec(t, s, execArguments(s, actor(s).path, ['-b', `${s.dir}/no-such-bundle`]));
    t.equal((await run.attach.message())['data'], -1);
    t.match(run.attach.text, /^[^\n]*no-such-bundle[^\n]*\n$/);
    t.notOk(existsSync(`${s.dir}/runtime.pid`), 'the runtime was not called');
  },
);

void t.test('exec: fifty together with --exit-delay leave neither process nor zombie', async (t) => {
  const s = scene(t);
  const runs = Array.from({ length: 50 }, async (_, round) => {
    const own = scene(t);
    const runtime = actor(own, { ungated: true, payload: `exit ${round}` });
    const command = ['--exit-delay', '1', '--exit-command', '/bin/true'];
    const run = exec(t, own, execArguments(own, runtime.path, command));
    await run.attach.message();
    run.go();
    t.equal(await run.finished(), String(round));
    return own;
  });
  // The process that waits with the exit command is gone when that has run.
  for (const own of await Promise.all(runs)) {
    await until(`nothing to be left of ${own.dir}`, () => processesOf(own.dir).length === 0);
  }
  t.same(processesOf(s.dir), []);
});

void t.test('--exec-attach without an attach pipe is an error', betterThanC('2.1.6 continues'), async (t) => {
  const s = scene(t);
  const run = launch(t, s, execArguments(s, actor(s).path));
  t.equal((await run.launcher()).code, 1);
});
