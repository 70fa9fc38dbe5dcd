/** Measures that a process sleeps: the one place where a test waits for nothing to happen. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { contextSwitches, stat } from './proc.js';
import { until } from './wait.js';

const SETTLE_MS = 100;
const WATCH_MS = 300;
/** Longer than the second for which a monitor keeps its buffers after activity. */
const COOL_MS = 1500;
const LONG_WATCH_MS = 700;

/** Number of attempts: a monitor releases its buffers once, a second after the last byte. */
const LOOKS = 5;

/** Nothing wakes the process for a third of a second, and it uses no CPU. A spinning process never sleeps that long. */
export async function sleeps(t: Test, pid: number): Promise<void> {
  for (let look = 1; look < LOOKS; look++) {
    const { before, after } = await watched(pid, SETTLE_MS, WATCH_MS);
    const quiet = after.switches === before.switches && after.ticks === before.ticks;
    if (quiet && after.state === 'S') return void t.pass('no wake-up, no CPU');
  }
  await sleepsFor(t, pid, SETTLE_MS, WATCH_MS);
}

/** The same for longer, once the monitor has cleaned up after activity. */
export async function staysAsleep(t: Test, pid: number): Promise<void> {
  await sleepsFor(t, pid, COOL_MS, LONG_WATCH_MS);
}

async function sleepsFor(t: Test, pid: number, settle: number, watch: number): Promise<void> {
  const { before, after } = await watched(pid, settle, watch);
  t.same(after, before, 'no wake-up, no CPU');
}

async function watched(pid: number, settle: number, watch: number) {
  await until('it to sleep', () => stat(pid)?.state === 'S');
  await sleep(settle);
  const before = { state: 'S', switches: contextSwitches(pid), ticks: stat(pid)?.ticks };
  await sleep(watch);
  const after = { state: stat(pid)?.state, switches: contextSwitches(pid), ticks: stat(pid)?.ticks };
  return { before, after };
}
