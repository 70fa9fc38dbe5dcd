/** Live counters of another user's monitor, read within its limits; `readCounters` is for trusted ones. */
import { opendir } from 'node:fs/promises';
import { belongsTo, isCountersPage, PAGE, parseCounters, sequenceOf } from './counters-page.js';
import type { Files } from '../foreign/files.js';
import { COUNTERS_LINK, type CountersResult, whyNot } from './read-counters.js';
import { targetOf } from './process.js';

/** A monitor opens the page early, after the descriptors that it inherits: this many at most. */
const MOST_DESCRIPTORS = 1024;
const ATTEMPTS = 5;

export async function foreignCounters(pid: number, cid: string, files: Files): Promise<CountersResult> {
  try {
    let seen = 0;
    for await (const { name } of await opendir(`/proc/${pid}/fd`)) {
      if (files.isOver || (seen += 1) > MOST_DESCRIPTORS) break;
      const path = `/proc/${pid}/fd/${name}`;
      if ((await targetOf(path))?.toString('latin1') !== COUNTERS_LINK) continue;
      const page = await readPage(path, files);
      if (page !== undefined && belongsTo(page, cid)) return { counters: parseCounters(page) };
    }
    return { unavailable: 'no counters' };
  } catch (error) {
    return { unavailable: whyNot(error) };
  }
}

/** Undefined when it is not such a page, or is written too often to be read. */
async function readPage(path: string, files: Files): Promise<Buffer | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const page = await pageAt(path, files);
    const again = await pageAt(path, files);
    if (page === undefined || again === undefined) return undefined;
    const sequence = sequenceOf(page);
    if (sequence % 2n === 0n && sequence === sequenceOf(again)) return page;
  }
  return undefined;
}

async function pageAt(path: string, files: Files): Promise<Buffer | undefined> {
  const found = await files.read(path, PAGE);
  return found?.size === PAGE && found.bytes.length === PAGE && isCountersPage(found.bytes) ? found.bytes : undefined;
}
