/**
 * Reads facts about a monitor from `/proc`; proc(5).
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
 * A process's context switches, and its CPU time in nanoseconds.
 * @param {number} pid
 */
export function activity(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const switches = [...status.matchAll(/ctxt_switches:\s+(\d+)/g)].reduce((sum, found) => sum + Number(found[1]), 0);
  return { switches, cpu: cpu(pid) };
}

/**
 * CPU time of a single-threaded process in nanoseconds.
 * @param {number} pid
 */
export function cpu(pid) {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);
}

/**
 * The CPU time of a monitor once it is idle: draining the pipe and the clients' queues is part of the work.
 * @param {number} pid
 */
export async function settledCpu(pid) {
  let [before, now] = [-1, cpu(pid)];
  while (now !== before || isRunnable(pid)) {
    await sleep(20);
    [before, now] = [now, cpu(pid)];
  }
  return now;
}

/** Whether it runs, or waits for a processor: on a busy machine it may get none for a while. @param {number} pid */
function isRunnable(pid) {
  return /\) R/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/**
 * Whether a process has exited. It may still be a zombie.
 * @param {number} pid
 */
export function hasEnded(pid) {
  try {
    return /\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}
