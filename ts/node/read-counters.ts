/**
 * Reads a monitor's live counters. They stand in a page of memory that it shares with whoever may inspect it: reading them
 * takes nothing of the monitor, which is not even woken.
 */
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import type { CountersAnswer } from './counters.js';
import { belongsTo, isCountersPage, PAGE, parseCounters, sequenceOf } from './counters-page.js';

/** What `/proc/PID/fd` shows for the page. */
const LINK = '/memfd:conmon-counters (deleted)';
/** A page is between two states for less than a microsecond. */
const ATTEMPTS = 100;

/**
 * A monitor's counters, or why there are none. C conmon, which has none, notices nothing, and neither does ours.
 *
 * It takes the right to inspect the process (ptrace(2), PTRACE_MODE_READ): its user has it, also from outside of the user
 * namespace of a rootless container, and root.
 *
 * @param pid the monitor
 * @param cid whose counters, where one process monitors several containers; default: the first that are found
 */
export function readCounters(pid: number, cid?: string): CountersAnswer {
  try {
    for (const fd of pagesOf(pid)) {
      const page = readPage(`/proc/${pid}/fd/${fd}`);
      if (page !== undefined && (cid === undefined || belongsTo(page, cid))) return { counters: parseCounters(page) };
    }
    return { unavailable: 'no counters' };
  } catch (error) {
    return { unavailable: whyNot(error) };
  }
}

function pagesOf(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`) === LINK;
    } catch {
      // Closed meanwhile.
      return false;
    }
  });
}

/** One that is between two states is read again; undefined if it is no such page, or of a version not known here. */
function readPage(path: string): Buffer | undefined {
  const fd = openSync(path, 'r');
  try {
    const [page, again] = [Buffer.alloc(PAGE), Buffer.alloc(PAGE)];
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (readSync(fd, page, 0, PAGE, 0) < PAGE || !isCountersPage(page)) return undefined;
      readSync(fd, again, 0, PAGE, 0);
      const sequence = sequenceOf(page);
      if (sequence % 2n === 0n && sequence === sequenceOf(again)) return page;
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function whyNot(error: unknown): 'no such process' | 'permission denied' {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'ENOENT' || code === 'ESRCH') return 'no such process';
  throw error;
}
