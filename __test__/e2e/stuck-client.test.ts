/** An attach client that stops reading blocks nothing for long. */
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { record } from '../support/attach.js';
import { joined, readLog } from '../support/cri-log.js';
import { launch } from '../support/monitor.js';
import { scene } from '../support/scene.js';
import { betterThanCNeeds } from '../support/target.js';

const MISSING = betterThanCNeeds('2.1.6 waits for a client without end', 'socat');

/** Far more than sockets, pipes and the queue of a client hold. */
const LINES = 400_000;
const OUTPUT = Array.from({ length: LINES }, (_, line) => `${line + 1}\n`).join('');

void t.test('the container ends, log and other clients get everything', MISSING, async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: `seq 1 ${LINES}; exit 3` });
  const env = { CONMON_ATTACH_STALL_SECONDS: '1' };
  const run = launch(t, s, createArguments(s, runtime.path), { env });
  await run.started();
  const stuck = await record(t, `${s.bundle}/attach`, `${s.dir}/stuck`);
  const healthy = await record(t, `${s.bundle}/attach`, `${s.dir}/healthy`);
  stuck.pause();
  await runtime.start();
  t.equal(await run.finished(), '3');
  t.ok(joined(readLog(s.log), 'stdout') === OUTPUT, 'the log');
  t.ok((await healthy.end()) === OUTPUT, 'the other client');
});

void t.test('without patience the container does not wait', MISSING, async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: `seq 1 ${LINES}; exit 3` });
  const env = { CONMON_ATTACH_STALL_SECONDS: '0' };
  const run = launch(t, s, createArguments(s, runtime.path), { env });
  await run.started();
  (await record(t, `${s.bundle}/attach`, `${s.dir}/stuck`)).pause();
  await runtime.start();
  t.equal(await run.finished(), '3');
  t.ok(joined(readLog(s.log), 'stdout') === OUTPUT);
});

void t.test('a signal reaches the container meanwhile, and its end is reported', MISSING, async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'yes' });
  const env = { CONMON_ATTACH_STALL_SECONDS: '2' };
  const run = launch(t, s, createArguments(s, runtime.path, [], { '-l': 'none' }), { env });
  await run.started();
  (await record(t, `${s.bundle}/attach`, `${s.dir}/stuck`)).pause();
  await runtime.start();
  process.kill(await run.pid(), 'SIGTERM');
  t.equal(await run.finished(), '143');
});

void t.test('a client that reads slowly, but reads, loses nothing', MISSING, async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: `seq 1 ${LINES}; exit 3` });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  const slow = await record(t, `${s.bundle}/attach`, `${s.dir}/slow`);
  // Stopped and continued repeatedly until the container has exited.
  let rounds = 0;
  const timer = setInterval(() => (rounds++ % 3 === 2 ? slow.resume() : slow.pause()), 20);
  t.teardown(() => clearInterval(timer));
  await runtime.start();
  t.equal(await run.finished(), '3');
  clearInterval(timer);
  slow.resume();
  t.ok((await slow.end()) === OUTPUT);
});

void t.test(
  'what the container left in its pipe when it ended is logged whole, however much it is',
  MISSING,
  async (t) => {
    // From the size of a client's queue to that of the queue plus a large pipe.
    for (let kilobytes = 1200; kilobytes <= 2600; kilobytes += 350) {
      const s = scene(t);
      const runtime = actor(s, { payload: `yes 0123456789abcde | head -c ${kilobytes}k; exit 3` });
      const run = launch(t, s, createArguments(s, runtime.path), { env: { CONMON_ATTACH_STALL_SECONDS: '1' } });
      await run.started();
      (await record(t, `${s.bundle}/attach`, `${s.dir}/stuck`)).pause();
      await runtime.start();
      t.equal(await run.finished(), '3');
      t.equal(joined(readLog(s.log), 'stdout').length, kilobytes * 1024, `${kilobytes} kB`);
    }
  },
);
