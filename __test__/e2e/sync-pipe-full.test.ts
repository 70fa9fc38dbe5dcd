/** A manager whose pipe has no room: its answer waits, and the container does not. */
import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments, legacyArguments } from '../support/arguments.js';
import { command } from '../support/command.js';
import { joined, readLog } from '../support/cri-log.js';
import { inject } from '../support/inject.js';
import { type LaunchOptions, type Launched, launch } from '../support/monitor.js';
import { descriptors, stat } from '../support/proc.js';
import { type Scene, scene } from '../support/scene.js';
import { betterThanC, betterThanCNeeds } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

const FILLING = Buffer.alloc(4096, 'x');
/** As a manager passes on its end: the first descriptor after those that every test gives. */
const FD = 6;

interface FullPipe {
  readonly options: LaunchOptions;
  /** Closes the writer that the monitor has inherited. */
  started(): void;
  /** What has arrived after the filling, so far. */
  text(): string;
}

/** A pipe that is full, for the monitor to write to. */
async function fullPipe(t: Test, s: Scene, variable: string, nonblocking: boolean): Promise<FullPipe> {
  const path = `${s.dir}/full`;
  await command(['mkfifo', path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  t.teardown(() => closeSync(reader));
  const filler = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const writer = nonblocking ? filler : openSync(path, constants.O_WRONLY);
  let filled = 0;
  try {
    for (;;) filled += writeSync(filler, FILLING);
  } catch {
    // EAGAIN: it is full.
  }
  let all = '';
  return {
    options: { env: { [variable]: String(FD) }, inherited: [writer], withoutSync: variable === '_OCI_SYNCPIPE' },
    started() {
      for (const fd of new Set([filler, writer])) closeSync(fd);
    },
    text() {
      const buffer = Buffer.alloc(65536);
      try {
        for (let count = -1; count !== 0;) {
          count = readSync(reader, buffer);
          all += buffer.toString('latin1', 0, count);
        }
      } catch {
        // EAGAIN: no more yet.
      }
      return all.slice(filled);
    },
  };
}

for (const nonblocking of [false, true]) {
  const kind = nonblocking ? 'does not block' : 'blocks its writers';
  void t.test(
    `a full sync pipe that ${kind} gets the pid when it is read; until then the container is served`,
    betterThanC('2.1.6 blocks, or gives up'),
    async (t) => {
      const s = scene(t);
      const pipe = await fullPipe(t, s, '_OCI_SYNCPIPE', nonblocking);
      const runtime = actor(s, { payload: `echo served; until [ -e '${s.dir}/end' ]; do sleep 0.02; done; exit 3` });
      const run = launch(t, s, createArguments(s, runtime.path), pipe.options);
      pipe.started();
      await runtime.start();
      await until('the log', () => joined(readLog(s.log), 'stdout') === 'served\n');
      const text = await until('the pid', () => pipe.text() || undefined);
      t.equal(text, `{"data": ${readFileSync(s.pidfile, 'utf8')}}\n`);
      await command(['touch', `${s.dir}/end`]);
      t.equal(await run.finished(), '3');
    },
  );

  void t.test(
    `a full sync pipe that ${kind} and is not read delays no exit file and gets the pid before its end`,
    betterThanC('2.1.6 blocks, or gives up'),
    async (t) => {
      const s = scene(t);
      const pipe = await fullPipe(t, s, '_OCI_SYNCPIPE', nonblocking);
      const runtime = actor(s, { payload: 'exit 3' });
      const run = launch(t, s, createArguments(s, runtime.path), pipe.options);
      pipe.started();
      await runtime.start();
      await untilExists(s.exitFile);
      t.match(pipe.text(), /^(\{"data": \d+\}\n)?$/);
      t.equal(await run.finished(), '3');
      t.match(pipe.text(), /^\{"data": \d+\}\n$/);
    },
  );
}

/** `exec` like CRI-O: only the sync pipe reports the status. */
function exec(t: Test, s: Scene, payload: string, options: LaunchOptions): Launched {
  const runtime = actor(s, { payload, ungated: true });
  const args = legacyArguments(s, runtime.path, ['-e', '--exec-process-spec', `${s.dir}/spec`], {
    '--exit-dir': null,
    '--persist-dir': null,
  });
  return launch(t, s, args, options);
}

void t.test("an exec's status waits until the manager reads its full pipe", betterThanC('2.1.6 blocks'), async (t) => {
  const s = scene(t);
  const pipe = await fullPipe(t, s, '_OCI_SYNCPIPE', true);
  const run = exec(t, s, 'exit 9', pipe.options);
  pipe.started();
  const monitor = await run.pid();
  // It has started to report when it handles no more signals, and sleeps when there is nothing left to do.
  await until('the report', () => ![...descriptors(monitor).values()].some((target) => target.includes('signalfd')));
  await until('it to wait', () => stat(monitor)?.state === 'S');
  t.equal(await until('the status', () => pipe.text() || undefined), '{"exit_code": 9}\n');
});

for (const fault of ['EAGAIN', 'EINTR', 'EIO', 'ENOMEM']) {
  void t.test(
    `a write to the sync pipe that fails once with ${fault} loses no status`,
    betterThanCNeeds('2.1.6 gives up', 'strace'),
    async (t) => {
      const s = scene(t);
      const gate = `until [ -e '${s.dir}/end' ]; do sleep 0.02; done`;
      const run = exec(t, s, `${gate}; exit 9`, {});
      const monitor = await run.pid();
      await untilExists(s.pidfile);
      const injection = await inject(t, s, monitor, `write:error=${fault}:when=1`);
      await command(['touch', `${s.dir}/end`]);
      t.same(await run.sync.message(), { exit_code: 9 });
      t.equal(injection.failed(), 1);
    },
  );
}

void t.test('a full attach pipe gets its answer when it is read', betterThanC('2.1.6 blocks'), async (t) => {
  const s = scene(t);
  const pipe = await fullPipe(t, s, '_OCI_ATTACHPIPE', false);
  const runtime = actor(s, { payload: 'exit 3' });
  const words = ['--exec', '--exec-process-spec', `${s.dir}/spec`, '--exec-attach'];
  const run = launch(t, s, createArguments(s, runtime.path, words), pipe.options);
  pipe.started();
  // The second byte would be read together with the first.
  await run.launcher();
  run.go();
  await runtime.start();
  t.equal(await until('the answer', () => pipe.text() || undefined), '{"data": 0}\n');
  t.equal(await run.finished(), '3');
});
