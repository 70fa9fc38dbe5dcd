/**
 * Finds the monitor of a container that the user names.
 *
 * Any process can claim any id and name. So monitors of the caller and of root take precedence over those of other users,
 * whatever these claim; `pid:N` names a process.
 */
import type { MonitorInfo } from '../../node/monitors/info.js';
import { caller } from '../../node/users.js';
import { CtlError } from '../error.js';
import { userNames } from '../passwd.js';
import { quoted } from '../visible.js';
import { identity, matching, onlyOne, SHORTEST_PREFIX, someOf } from './matching.js';

/** Exit status: no monitor has such a container. */
export const NOT_FOUND = 1;

const PID = /^pid:(\d{1,10})$/;

/** A monitor, and how it was found. */
export interface FoundMonitor {
  readonly monitor: MonitorInfo;
  /** Monitors of less trusted users that the same word would name. */
  readonly others: readonly MonitorInfo[];
  /** It was named by `pid:N`. */
  readonly byPid: boolean;
}

/**
 * By `pid:N`, the name, the whole id, or a prefix of it that is unique and has at least three characters. Exec sessions are found
 * only by `pid:N`.
 */
export function findMonitor(word: string, all: readonly MonitorInfo[], self: number = caller()): FoundMonitor {
  const pid = PID.exec(word)?.[1];
  if (pid !== undefined) return { monitor: withPid(Number(pid), all), others: [], byPid: true };
  const containers = all.filter(({ mode }) => mode !== 'exec');
  const ranks = [0, 1, 2].map((rank) => {
    const ranked = containers.filter((each) => rankOf(each, self) === rank);
    return matching(word, ranked, ({ cid, name }) => identity(cid, name));
  });
  const found = ranks.find((matches) => matches.length > 0) ?? [];
  const advice = 'Give more of the id, or the monitor: pid:N.';
  const monitor = onlyOne(word, found, ({ cid, pid }) => `${cid} (pid:${pid})`, { advice });
  if (monitor === undefined) throw notFound(word);
  return { monitor, others: ranks.flat().filter((each) => each !== monitor), byPid: false };
}

/** The same; reports monitors that were passed over on stderr. */
export function namedMonitor(word: string, all: readonly MonitorInfo[]): MonitorInfo {
  const found = findMonitor(word, all);
  process.stderr.write(othersText(word, found));
  return found.monitor;
}

/** What to report about the monitors that were passed over; may be empty. */
export function othersText(word: string, { others }: FoundMonitor): string {
  if (others.length === 0) return '';
  const user = userNames();
  const list = someOf(others, ({ pid, uid }) => `pid:${pid} of user ${user(uid)}`);
  return `conmonctl: ${quoted(word)} is also claimed by ${list}\n`;
}

/** The caller's own, root's, and all others, among them root's in another pid namespace: it may be that of a container. */
function rankOf({ uid, isForeign }: MonitorInfo, self: number): number {
  if (isForeign) return 2;
  return uid === self ? 0 : 1;
}

function withPid(wanted: number, all: readonly MonitorInfo[]): MonitorInfo {
  const found = all.find(({ pid }) => pid === wanted);
  if (found === undefined) throw notFound(`pid:${wanted}`);
  return found;
}

function notFound(word: string): CtlError {
  const isShort = word.length < SHORTEST_PREFIX;
  const advice = `conmonctl ps shows those that run.${isShort ? ' A part of an id needs at least three characters.' : ''}`;
  return new CtlError(`no monitor here has a container ${quoted(word)}`, { advice, status: NOT_FOUND });
}
