/**
 * Where the log is that the user names: a file, or that of a container under a monitor here.
 */
import { statSync } from 'node:fs';
import type { LogSource } from '../../node/logs/read-log.js';
import type { MonitorInfo } from '../../node/monitors/info.js';
import { CtlError } from '../error.js';
import { findMonitor } from '../monitors/find.js';

/** Who writes a log: this monitor; one that has ended; or, of a file, nobody knows. */
export type Writer = MonitorInfo | 'ended' | 'unknown';

/** A log, and whose. */
export interface FoundLog {
  readonly source: LogSource;
  readonly writer: Writer;
}

/** The whole id of a container, as Podman and CRI-O make them. */
const WHOLE_ID = /^[0-9a-f]{64}$/;

/** A path has a slash in it, or is that of a file; anything else names a container. Throws a {@link CtlError}. */
export function findLog(word: string, all: readonly MonitorInfo[]): FoundLog {
  if (word.includes('/') || isFile(word)) return { source: { kind: 'file', path: word }, writer: 'unknown' };
  const monitor = monitorOf(word, all);
  // The journal keeps what a container wrote that has long been gone.
  if (monitor === undefined) return { source: { kind: 'journald', cid: word }, writer: 'ended' };
  return { source: sourceOf(monitor), writer: monitor };
}

function monitorOf(word: string, all: readonly MonitorInfo[]): MonitorInfo | undefined {
  try {
    return findMonitor(word, all);
  } catch (error) {
    if (WHOLE_ID.test(word)) return undefined;
    throw error;
  }
}

/** A file if there is one: it is all there, and of the streams it is sure. */
function sourceOf({ logs, cid }: MonitorInfo): LogSource {
  const file = logs.find(({ path }) => path !== undefined);
  if (file?.path !== undefined && file.driver !== 'journald')
    return { kind: 'file', path: file.path, format: file.driver };
  if (logs.some(({ driver }) => driver === 'journald')) return { kind: 'journald', cid };
  const advice = 'Its log driver is none or passthrough. conmonctl attach shows what it writes from now on.';
  throw new CtlError(`the container ${cid} has no log`, { advice });
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
