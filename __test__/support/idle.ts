/** Measures that a process sleeps: the one place where a test waits for nothing to happen. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { contextSwitches, stat } from './proc.js';
import { until } from './wait.js';

const SETTLE_MS = 100;
const WATCH_MS = 300;
/** Longer than the second for which a monitor keeps the buffers of a busy time. */
const COOL_MS = 1500;
const LONG_WATCH_MS = 700;

/** Nothing wakes the process for a third of a second, and it uses no CPU. */
export async function sleeps(t: Test, pid: number): Promise<void> {
  await sleepsFor(t, pid, SETTLE_MS, WATCH_MS);
}

/** The same for longer, once all that a busy time leaves behind has been tidied away. */
export async function staysAsleep(t: Test, pid: number): Promise<void> {
  await sleepsFor(t, pid, COOL_MS, LONG_WATCH_MS);
}

async function sleepsFor(t: Test, pid: number, settle: number, watch: number): Promise<void> {
  await until('it to sleep', () => stat(pid)?.state === 'S');
  await sleep(settle);
  const before = { state: 'S', switches: contextSwitches(pid), ticks: stat(pid)?.ticks };
  await sleep(watch);
  const after = { state: stat(pid)?.state, switches: contextSwitches(pid), ticks: stat(pid)?.ticks };
  t.same(after, before, 'no wake-up, no CPU');
}
