/** How much memory a monitor takes. */
import type { FileRequest } from '../foreign/files.js';
import type { FileBeginning } from '../foreign/read-regular.js';
import type { MonitorInfo } from './info.js';
import { numbersOf, textOf } from './process.js';

const KIB = 1024;
const LONGEST = 4096;

/** Where the rest of it is read: the kernel walks through all of its memory for that, with a lock that the process can hold. */
export function memoryFile(pid: number): FileRequest {
  return { path: `/proc/${pid}/smaps_rollup`, limit: LONGEST };
}

/**
 * The resident size is public, the rest takes the right to inspect the process (ptrace(2), PTRACE_MODE_READ).
 *
 * @param file what was found at {@link memoryFile}
 */
export async function memoryOf(pid: number, file: FileBeginning | undefined): Promise<MonitorInfo['memory']> {
  const status = await textOf(`/proc/${pid}/status`);
  const rollup = file?.bytes.toString('latin1');
  const rss = bytesOf(rollup, 'Rss') ?? bytesOf(status, 'VmRSS');
  return rss === undefined ? undefined : { rss, anonymous: bytesOf(rollup, 'Anonymous'), pss: bytesOf(rollup, 'Pss') };
}

/** The kernel counts in KiB. */
function bytesOf(text: string | undefined, field: string): number | undefined {
  const [kib] = numbersOf(text, field) ?? [];
  return kib === undefined ? undefined : kib * KIB;
}
