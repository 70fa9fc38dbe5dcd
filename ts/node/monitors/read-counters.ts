/**
 * Reads a monitor's live counters. They are in a page of memory that it shares with every process that may inspect it:
 * reading them costs the monitor nothing, and does not wake it.
 */
import { closeSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import type { Counters } from './counter-values.js';
import { belongsTo, isCountersPage, PAGE, parseCounters, sequenceOf } from './counters-page.js';
import { errnoOf } from '../errno.js';
import { openRegular, UnexpectedFile } from '../foreign/open-regular.js';

/** What `/proc/PID/fd` shows for the page. Another file can have that name, too: a memfd is regular, and has this size. */
export const COUNTERS_LINK = '/memfd:conmon-counters (deleted)';
/** A page is between two states for less than a microsecond. */
const ATTEMPTS = 100;

/** What {@link readCounters} returns. */
export type CountersResult = ReturnType<typeof readCounters>;

/**
 * A monitor's counters, or why they cannot be read: a result instead of an exception, because C conmon never has any, and any monitor
 * may have ended since it was listed. The monitor is not disturbed.
 *
 * This takes the right to inspect the process (ptrace(2), PTRACE_MODE_READ): root has it, and its user, also from outside the
 * user namespace of a rootless container.
 *
 * @param pid the monitor
 * @param cid the container, where one process monitors several; default: the first that is found
 */
export function readCounters(
  pid: number,
  cid?: string,
): { readonly counters: Counters } | { readonly unavailable: 'no counters' | 'no such process' | 'permission denied' } {
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
      return readlinkSync(`/proc/${pid}/fd/${fd}`) === COUNTERS_LINK;
    } catch {
      // Closed meanwhile.
      return false;
    }
  });
}

/** Read again while it is being written; undefined if it is not such a page, or of an unknown version. */
function readPage(path: string): Buffer | undefined {
  const fd = openPage(path);
  if (fd === undefined) return undefined;
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

/** Undefined when something else has the name of the page. */
function openPage(path: string): number | undefined {
  try {
    const { fd, facts } = openRegular(path);
    if (facts.size === BigInt(PAGE)) return fd;
    closeSync(fd);
  } catch (error) {
    if (!(error instanceof UnexpectedFile)) throw error;
  }
  return undefined;
}

/** Why the descriptors of a process, or its page, cannot be read. */
export function whyNot(error: unknown): 'no counters' | 'no such process' | 'permission denied' {
  const code = errnoOf(error);
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return code === 'ENOENT' || code === 'ESRCH' ? 'no such process' : 'no counters';
}
