/**
 * What `/proc` tells about a monitor; proc(5).
 * @module
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Kilobytes.
 * @param {number} pid
 */
export function memory(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = (/** @type {string} */ key) => Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]);
  return { anonymous: kilobytes('Anonymous'), private: kilobytes('Private_Dirty'), pss: kilobytes('Pss') };
}

/**
 * How often a process was put on a processor or taken from it, and for how many nanoseconds it had one.
 * @param {number} pid
 */
export function activity(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const switches = [...status.matchAll(/ctxt_switches:\s+(\d+)/g)].reduce((sum, found) => sum + Number(found[1]), 0);
  return { switches, cpu: cpu(pid) };
}

/**
 * Nanoseconds on a processor, of a process with one thread.
 * @param {number} pid
 */
export function cpu(pid) {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);
}

/**
 * The CPU time of a monitor once it has nothing left to do: what is still in the pipe, and what it still owes its
 * clients, belongs to the work.
 * @param {number} pid
 */
export async function settledCpu(pid) {
  let [before, now] = [-1, cpu(pid)];
  while (now !== before) {
    await sleep(20);
    [before, now] = [now, cpu(pid)];
  }
  return now;
}

/**
 * Whether a process has ended. Its parent may leave it a zombie for as long as it likes.
 * @param {number} pid
 */
export function hasEnded(pid) {
  try {
    return /\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}
