/**
 * What a monitor takes of the machine.
 */
import { readRegular } from '../../node/foreign/read-regular.js';
import { memoryFile, memoryOf } from '../../node/monitors/memory.js';
import { numbersOf, textOf } from '../../node/monitors/process.js';

const KIB = 1024;

/** Memory in KiB, as the kernel counts. */
export interface Footprint {
  readonly rss: number;
  /** Backed by no file: heap, stack, pages that were written to. */
  readonly anonymous: number;
  readonly threads: number;
}

/** Undefined when the process has ended, or may not be inspected. */
export async function footprintOf(pid: number): Promise<Footprint | undefined> {
  const { path, limit } = memoryFile(pid);
  const memory = await memoryOf(pid, readRegular(path, limit));
  const [threads] = numbersOf(await textOf(`/proc/${pid}/status`), 'Threads') ?? [];
  if (memory?.anonymous === undefined || threads === undefined) return undefined;
  return { rss: memory.rss / KIB, anonymous: memory.anonymous / KIB, threads };
}
