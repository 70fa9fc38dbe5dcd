/**
 * Processes that are not our children: whether they run, and waiting for their end.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 10;

/**
 * Whether there is such a process and it has not ended. One whose parent has not asked for its status yet (state Z) has: a
 * monitor's parent is process number 1, and some of those take their time. See proc(5), `/proc/PID/stat`.
 */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before the state is in parentheses, and may hold some itself.
    const state = stat[stat.lastIndexOf(')') + 2];
    return state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}

/** Resolves with whether it ended within the time. Nothing but looking tells the end of another's child to Node. */
export async function hasEnded(pid: number, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (isAlive(pid)) {
    if (performance.now() > deadline) return false;
    await sleep(LOOK_EVERY_MS);
  }
  return true;
}
