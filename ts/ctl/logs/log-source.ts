/**
 * Finds the log that the user names: a file, or the log of a container under a monitor here.
 */
import { existsSync } from 'node:fs';
import type { LogSource } from '../../node/logs/read-log.js';
import type { MonitorInfo } from '../../node/monitors/info.js';
import { CtlError } from '../error.js';
import { findMonitor, NOT_FOUND, othersText } from '../monitors/find.js';

/** Which process writes a log: this monitor, one that has ended, or, for a file, an unknown one. */
export type Writer = MonitorInfo | 'ended' | 'unknown';

/** A log, and whose. */
export interface FoundLog {
  readonly source: LogSource;
  readonly writer: Writer;
  /** To be printed first: other processes that claim the same container; empty if there are none. */
  readonly remark: string;
}

/** The whole id of a container, as Podman and CRI-O make them. */
const WHOLE_ID = /^[0-9a-f]{64}$/;
const ROOT = 0;

/**
 * A path contains a slash; anything else names a container, whatever files are in the working directory, which may be another
 * user's. Throws a {@link CtlError}.
 *
 * @param scan lists the monitors of this host; a path does not need it
 */
export async function findLog(word: string, scan: () => Promise<readonly MonitorInfo[]>): Promise<FoundLog> {
  if (word.includes('/')) return { source: { kind: 'file', path: word }, writer: 'unknown', remark: '' };
  const found = foundBy(word, await scan());
  // The journal keeps the output of containers that are gone.
  if (found === undefined) {
    const uids = [...new Set([ROOT, process.geteuid?.() ?? ROOT])];
    return { source: { kind: 'journald', cid: word, uids }, writer: 'ended', remark: '' };
  }
  return { source: sourceOf(found.monitor), writer: found.monitor, remark: othersText(word, found) };
}

function foundBy(word: string, all: readonly MonitorInfo[]): ReturnType<typeof findMonitor> | undefined {
  try {
    return findMonitor(word, all);
  } catch (error) {
    if (WHOLE_ID.test(word)) return undefined;
    if (!(error instanceof CtlError) || error.status !== NOT_FOUND || !existsSync(word)) throw error;
    const advice = `If the file is meant: conmonctl logs ./${word}`;
    throw new CtlError(error.message, { advice, status: NOT_FOUND });
  }
}

/** A file if there is one: it is complete, and has the streams separate. */
function sourceOf({ logs, cid, uid, isForeign }: MonitorInfo): LogSource {
  const file = logs.find(({ path }) => path !== undefined);
  if (file?.path !== undefined && file.driver !== 'journald')
    return { kind: 'file', path: file.path, format: file.driver, owner: isForeign ? uid : undefined };
  if (logs.some(({ driver }) => driver === 'journald')) return { kind: 'journald', cid, uids: [uid] };
  const advice = 'Its log driver is none or passthrough. conmonctl attach shows what it writes from now on.';
  throw new CtlError(`the container ${cid} has no log`, { advice });
}
