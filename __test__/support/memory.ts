/** A process's private memory and descriptors. */
import { readFileSync } from 'node:fs';

/** Kilobytes of anonymous memory (proc(5), smaps_rollup); 0 for a process that has exited. */
export function anonymous(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Anonymous: +(\d+) kB$/m.exec(text)?.[1] ?? Number.NaN);
  } catch {
    return 0;
  }
}
