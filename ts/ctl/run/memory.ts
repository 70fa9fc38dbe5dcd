/**
 * How much memory a process takes, from `/proc/PID/smaps_rollup` and `/proc/PID/status` (proc(5)).
 */
import { readFile } from 'node:fs/promises';

/** In kB, as the kernel counts. */
export interface Memory {
  readonly rss: number;
  /** Pages of its own that no file backs: heap, stack, what was written to. */
  readonly anonymous: number;
  readonly threads: number;
}

/** Undefined when the process has ended, or is not ours to look into. */
export async function memoryOf(pid: number): Promise<Memory | undefined> {
  try {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    return { rss: field(rollup, 'Rss'), anonymous: field(rollup, 'Anonymous'), threads: field(status, 'Threads') };
  } catch {
    return undefined;
  }
}

function field(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
}
