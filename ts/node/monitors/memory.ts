/** How much memory a monitor takes. */
import type { Files } from '../foreign/files.js';
import type { MonitorMemory } from './info.js';
import { textOf } from './process.js';

const KIB = 1024;
const LONGEST = 4096;

/** The resident size is for everybody to see, the rest takes the right to look into the process. */
export async function memoryOf(pid: number, files: Files): Promise<MonitorMemory | undefined> {
  const status = await textOf(`/proc/${pid}/status`);
  // The kernel walks through all of its memory for that, with a lock that the process can hold.
  const rollup = (await files.read(`/proc/${pid}/smaps_rollup`, LONGEST))?.bytes.toString('latin1');
  const rss = field(rollup, 'Rss') ?? field(status, 'VmRSS');
  return rss === undefined ? undefined : { rss, anonymous: field(rollup, 'Anonymous'), pss: field(rollup, 'Pss') };
}

/** In bytes; the kernel counts in KiB. */
function field(text: string | undefined, name: string): number | undefined {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text ?? '')?.[1];
  return found === undefined ? undefined : Number(found) * KIB;
}
