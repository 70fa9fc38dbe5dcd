/** A peer that sends without end gets only its turn: all others are served meanwhile, and memory is bounded. */
import { spawn } from 'node:child_process';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { anonymous } from '../support/memory.js';
import { type Launched, launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { stat } from '../support/proc.js';
import { type Scene, scene } from '../support/scene.js';
import { connect } from '../support/stream-client.js';
import { betterThanC, unlessEmulated } from '../support/target.js';
import { until } from '../support/wait.js';

/** A shell command that runs until the test ends. */
function shell(t: Test, command: string): void {
  const child = spawn('/bin/sh', ['-c', `exec ${command}`], { stdio: 'ignore' });
  t.teardown(() => child.kill('SIGKILL'));
}

/** SIGTERM is handed on, and the end of the container reported, as if nothing were. */
async function endsBySignal(t: Test, run: Launched): Promise<void> {
  const begun = performance.now();
  process.kill(await run.pid(), 'SIGTERM');
  t.equal(await run.finished(), '143');
  t.ok(performance.now() - begun < 3000, `${performance.now() - begun} ms`);
}

async function started(t: Test, s: Scene, payload: string, extra: readonly string[]): Promise<Launched> {
  const runtime = actor(s, { payload });
  const run = launch(t, s, createArguments(s, runtime.path, extra, { '-l': 'none' }));
  await run.started();
  await runtime.start();
  return run;
}

for (const [what, payload, extra, options] of [
  ['a container that has no stdin', 'exec sleep 60', [], betterThanC('2.1.6 never reads it')],
  ['a container that reads all of it', 'exec cat > /dev/null', ['-i'], {}],
] as const) {
  void t.test(`clients that send without end to ${what} block nobody`, { ...needs('socat'), ...options }, async (t) => {
    const s = scene(t);
    const run = await started(t, s, payload, extra);
    for (let client = 0; client < 3; client++) {
      shell(t, `socat -u -b 32768 OPEN:/dev/zero UNIX-CONNECT:${s.bundle}/attach,type=5`);
    }
    await until('the flood', async () => busy(await run.pid()) > 10);
    await endsBySignal(t, run);
  });
}

/** Clock ticks of processor time that a process has used. */
function busy(pid: number): number {
  return stat(pid)?.ticks ?? 0;
}

for (const [what, line, options] of [
  ['sizes', '1 24 80', betterThanC('2.1.6 reads no further')],
  ['garbage', 'garbage', {}],
  ['a line without an end', '', {}],
] as const) {
  void t.test(`${what} written to ctl without end block nobody`, options, async (t) => {
    const s = scene(t);
    const run = await started(t, s, 'exec sleep 60', []);
    const before = anonymous(await run.pid());
    const source = line === '' ? 'cat /dev/zero' : `yes '${line}'`;
    for (let writer = 0; writer < 3; writer++) shell(t, `${source} > '${s.bundle}/ctl'`);
    await until('the flood', async () => busy(await run.pid()) > 20);
    t.ok(anonymous(await run.pid()) - before < 512, 'memory is bounded');
    await endsBySignal(t, run);
  });
}

void t.test(
  'a survivor that writes without end to a client that does not read: memory is bounded',
  { ...betterThanC('2.1.6 waits for the client'), ...unlessEmulated('it needs more memory itself') },
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'setsid yes & sleep 0.1; exit 8' });
    const run = launch(t, s, createArguments(s, runtime.path, [], { '-l': 'none' }));
    await run.started();
    const client = connect(t, `${s.bundle}/attach`);
    client.pause();
    let most = 0;
    const monitor = await run.pid();
    const timer = setInterval(() => (most = Math.max(most, anonymous(monitor))), 1);
    t.teardown(() => clearInterval(timer));
    await runtime.start();
    t.equal(await run.finished(), '8');
    // At the end 64 reads of at most 128 kB are kept for clients whether they read or not.
    t.ok(most < 9 * 1024, `${most} kB`);
  },
);
