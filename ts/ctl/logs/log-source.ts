/**
 * Finds the log that the user names: a file, or the log of a container under a monitor here.
 */
import { existsSync } from 'node:fs';
import { Container } from '../../node/containers/container.js';
import { keptBelowTemporary } from '../../node/containers/records.js';
import type { LogSource } from '../../node/logs/source.js';
import type { MonitorInfo } from '../../node/monitors/info.js';
import { ROOT } from '../../node/users.js';
import { CtlError } from '../error.js';
import { identityOfKept } from '../containers/kept-container.js';
import { findMonitor, NOT_FOUND, othersText } from '../monitors/find.js';
import { matching } from '../monitors/matching.js';
import { adviceAbout, endedContainer, type ManagerPlaces, ownPlaces } from './ended/ended-container.js';

/** Which process writes a log: this monitor, one that has ended, or, for a file, an unknown one. */
export type Writer = MonitorInfo | 'ended' | 'unknown';

/** A log, and who writes it. */
export interface FoundLog {
  readonly source: LogSource;
  readonly writer: Writer;
  /** To be printed first: other processes that claim the same container; may be empty. */
  readonly remark: string;
}

/** The whole id of a container, as Podman and CRI-O make them. */
const WHOLE_ID = /^[0-9a-f]{64}$/;

/**
 * A path contains a slash; anything else names a container, whatever files are in the working directory, which may be another
 * user's. Throws a {@link CtlError}.
 *
 * @param scan lists the monitors of this host; a path does not need it
 * @param places where managers keep the logs of ended containers
 */
export async function findLog(
  word: string,
  scan: () => Promise<readonly MonitorInfo[]>,
  places: () => ManagerPlaces = ownPlaces,
): Promise<FoundLog> {
  if (word.includes('/')) return { source: { kind: 'file', path: word }, writer: 'unknown', remark: '' };
  const all = await scan();
  try {
    const found = findMonitor(word, all);
    const ended = found.monitor.isForeign && !found.byPid ? endedContainer(word, trusted(places())) : undefined;
    // Any process can claim one of our containers that has ended.
    if (ended !== undefined) {
      const others = [found.monitor, ...found.others];
      return { source: ended, writer: 'ended', remark: othersText(word, { ...found, others }) };
    }
    return { source: sourceOf(found.monitor), writer: found.monitor, remark: othersText(word, found) };
  } catch (error) {
    if (!(error instanceof CtlError) || error.status !== NOT_FOUND || word.startsWith('pid:')) throw error;
    const source = (await sourceOfKept(word)) ?? sourceOfEnded(word, places(), error);
    return { source, writer: 'ended', remark: '' };
  }
}

/** The log of a container of `conmonctl run` or the library that has ended and was not removed. */
async function sourceOfKept(word: string): Promise<LogSource | undefined> {
  const [kept] = matching(word, keptBelowTemporary(), identityOfKept);
  if (kept === undefined) return undefined;
  const { logs } = await Container.open({ directory: kept.directory });
  return logs.find((log) => typeof log !== 'string' && log.kind === 'file') ?? logs[0];
}

/** Only what is root's or the caller's. */
function trusted(places: ManagerPlaces): ManagerPlaces {
  return { ...places, stores: places.stores.filter(({ uid }) => uid === ROOT || uid === places.uid) };
}

function sourceOfEnded(word: string, places: ManagerPlaces, notFound: CtlError): LogSource {
  const found = endedContainer(word, places);
  if (found !== undefined) return found;
  // The journal keeps the output of containers that are gone.
  if (WHOLE_ID.test(word)) return { kind: 'journald', cid: word, uids: [...new Set([ROOT, places.uid])] };
  const isFile = existsSync(word);
  const advice = isFile
    ? `If the file is meant: conmonctl logs ./${word}`
    : `${notFound.advice}\n${adviceAbout(places)}`;
  throw new CtlError(notFound.message, { advice, status: NOT_FOUND });
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
