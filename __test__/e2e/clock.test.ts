/** Clocks: the wall clock may jump, and its offset may change, while a container runs. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { readLog } from '../support/cri-log.js';
import { writeFifo } from '../support/fifo.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until } from '../support/wait.js';

/** A POSIX time zone (tzset(3)): UTC, and from a moment of today on an hour more. */
function summerFrom(moment: Date): string {
  const newYear = Date.UTC(moment.getUTCFullYear(), 0, 1);
  const leap = new Date(Date.UTC(moment.getUTCFullYear(), 1, 29)).getUTCMonth() === 1;
  const day = Math.floor((moment.getTime() - newYear) / 86_400_000) + 1;
  // Days of this form do not count a 29th of February.
  const julian = leap && day > 59 ? day - 1 : day;
  return `WINT0SUM-1,J${julian}/${moment.toISOString().slice(11, 19)},J${(julian % 365) + 1}/0`;
}

void t.test('the offset of the timestamps follows the start of summer time', async (t) => {
  const s = scene(t);
  const change = new Date(Math.ceil(Date.now() / 1000) * 1000 + 2000);
  const runtime = actor(s, {
    payload: `echo before; read -r _ < '${s.dir}/after'; echo after`,
    before: `mkfifo '${s.dir}/after'`,
  });
  const run = launch(t, s, createArguments(s, runtime.path), { env: { TZ: summerFrom(change) } });
  await run.started();
  await runtime.start();
  await until('the first line', () => readLog(s.log).length === 1);
  const early = Date.now() < change.getTime();
  await until('the change', () => Date.now() > change.getTime());
  writeFifo(`${s.dir}/after`, '\n');
  await run.finished();
  const offsets = readLog(s.log).map(({ time }) => time.slice(-6));
  t.same(offsets, [early ? '+00:00' : '+01:00', '+01:00']);
  t.ok(early, 'the first line came before the change');
});

void t.test(
  '--timeout is a duration that the kernel waits for, unaffected by changes of the wall clock',
  { ...needs('strace'), ...betterThanC('2.1.6 has a timer of its event loop') },
  async (t) => {
    const s = scene(t);
    const trace = `${s.dir}/trace`;
    const prefix = ['strace', '-D', '-f', '-e', 'trace=epoll_wait,epoll_pwait,timerfd_settime,setitimer', '-o', trace];
    const run = launch(t, s, createArguments(s, actor(s).path, ['--timeout', '1000']), { prefix });
    await run.started();
    const monitor = await run.pid();
    // The first wait is that for the buffers, which are given back after a second of quiet.
    await until('quiet', () => new RegExp(`^${monitor} .* = 0$`, 'm').test(readFileSync(trace, 'latin1')));
    // A wait is traced when something has ended it.
    writeFifo(`${s.bundle}/ctl`, '1 24 80\n');
    // epoll_wait(2) measures its time-out with CLOCK_MONOTONIC.
    await until('the wait', () => /epoll_p?wait.*, 99\d{4}(,|\))/.test(readFileSync(trace, 'latin1')));
    t.notMatch(readFileSync(trace, 'latin1'), /timerfd_settime|setitimer/);
  },
);
