/** A process's private memory and descriptors. */
import { readFileSync } from 'node:fs';

/** Kilobytes of anonymous memory (proc(5), smaps_rollup); 0 for a process that has exited. */
export function anonymous(pid: number): number {
  return kilobytes(pid, /^Anonymous: +(\d+) kB$/m);
}

/** Kilobytes of its proportional share of all memory; 0 for a process that has exited. */
export function pss(pid: number): number {
  return kilobytes(pid, /^Pss: +(\d+) kB$/m);
}

function kilobytes(pid: number, line: RegExp): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(line.exec(text)?.[1] ?? Number.NaN);
  } catch {
    return 0;
  }
}
