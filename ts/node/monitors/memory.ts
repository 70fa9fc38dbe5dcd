/** How much memory a monitor takes. */
import type { Files } from '../foreign/files.js';
import type { MonitorMemory } from './info.js';
import { numbersOf, textOf } from './process.js';

const KIB = 1024;
const LONGEST = 4096;

/** The resident size is public, the rest takes the right to inspect the process (ptrace(2), PTRACE_MODE_READ). */
export async function memoryOf(pid: number, files: Files): Promise<MonitorMemory | undefined> {
  const status = await textOf(`/proc/${pid}/status`);
  // The kernel walks through all of its memory for that, with a lock that the process can hold.
  const rollup = (await files.read(`/proc/${pid}/smaps_rollup`, LONGEST))?.bytes.toString('latin1');
  const rss = bytesOf(rollup, 'Rss') ?? bytesOf(status, 'VmRSS');
  return rss === undefined ? undefined : { rss, anonymous: bytesOf(rollup, 'Anonymous'), pss: bytesOf(rollup, 'Pss') };
}

/** The kernel counts in KiB. */
function bytesOf(text: string | undefined, field: string): number | undefined {
  const [kib] = numbersOf(text, field) ?? [];
  return kib === undefined ? undefined : kib * KIB;
}
