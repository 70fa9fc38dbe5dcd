/** Measures that a process sleeps: the one place where a test waits for nothing to happen. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { contextSwitches, stat } from './proc.js';
import { until } from './wait.js';

const SETTLE_MS = 100;
const WATCH_MS = 300;

/** Nothing wakes the process for a third of a second, and it uses no CPU. */
export async function sleeps(t: Test, pid: number): Promise<void> {
  await until('it to sleep', () => stat(pid)?.state === 'S');
  await sleep(SETTLE_MS);
  const before = { switches: contextSwitches(pid), ticks: stat(pid)?.ticks };
  await sleep(WATCH_MS);
  t.same({ switches: contextSwitches(pid), ticks: stat(pid)?.ticks }, before, 'no wake-up, no CPU');
}
