/**
 * The files of one log: the one at its path, and those that rotation keeps. `PATH.1` is the newest of these, then `PATH.2`
 * and so on; kubelet renames to `PATH.YYYYMMDD-HHMMSS`. Each may be compressed, with the suffix `.gz`.
 *
 * The monitor may rotate and compress while we look. So all names are opened, and looked at again: if each still is the
 * file that was opened, they were one set of files in between.
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { encode } from '../bytes.js';
import { isErrno } from '../errno.js';
import { LogError } from './errors.js';
import { LogFile, NotALog } from './log-file.js';
import { beginsAlike } from './same-content.js';

/** Where a log is, and which of the files there are read. */
export interface LogPlace {
  readonly path: string;
  /** Only files of this user. */
  readonly owner: number | undefined;
}

/** Rotation keeps no more files than that; a longer number is a time. */
const NUMBER = /^[1-9]\d{0,8}$/;
const STAMP = /^\d{8}-\d{6}$/;
/** One is usually enough; a rotation takes less time than a look at all names. */
const ATTEMPTS = 1000;

/** Opens all files of a log, the oldest first. The caller closes them. */
export function openLogFiles(place: LogPlace): LogFile[] {
  const { path } = place;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const files = new Map(namesOf(path).map((name) => [name, open(name, place)]));
    if ([...files].every(([name, file]) => isStill(name, file, place))) return distinct(files);
    closeAll(files.values());
  }
  throw new LogError(`cannot read the log ${path}: it is rotated without a pause`);
}

/** The same, but only those newer than one that is known; if rotation has dropped that, those that can be newer. */
export async function openNewerFiles(place: LogPlace, known: LogFile): Promise<LogFile[]> {
  const files = openLogFiles(place);
  try {
    const last = (await placeOf(known, files)) ?? files.findLastIndex((file) => isOlder(file, known, place.path));
    return files.splice(last + 1);
  } finally {
    closeAll(files);
  }
}

export function closeAll(files: Iterable<LogFile | undefined>): void {
  for (const file of files) file?.close();
}

/** Beside the log, a file that cannot be a log is ignored; at its path it is an error. */
function open(name: string, { path, owner }: LogPlace): LogFile | undefined {
  try {
    return LogFile.open(name, name.endsWith('.gz'), owner);
  } catch (error) {
    if (name !== path && error instanceof NotALog) return undefined;
    throw error;
  }
}

/** All names that a file of the log may have now, oldest first. */
function namesOf(path: string): string[] {
  const suffixes = suffixesOf(path);
  const stamps = suffixes.filter((suffix) => STAMP.test(suffix)).toSorted();
  const numbers = numbersOf(suffixes.filter((suffix) => NUMBER.test(suffix)).map(Number)).toReversed();
  return [...stamps, ...numbers].flatMap((suffix) => [`${path}.${suffix}.gz`, `${path}.${suffix}`]).concat(path);
}

/** No date and no time is less. */
const CERTAINLY_A_NUMBER = 9999;

/**
 * The numbers of kept files, and those that they may have soon: rotation may move a file while we look. A number above
 * {@link CERTAINLY_A_NUMBER} is one only if those before it exist, of which one may be missing in the middle of a rotation;
 * otherwise it is a date or a time, and has another origin.
 */
function numbersOf(found: readonly number[]): readonly number[] {
  const numbers = new Set([1]);
  let last = 0;
  for (const number of found.toSorted((a, b) => a - b)) {
    if (number > Math.max(CERTAINLY_A_NUMBER, last + 2)) break;
    numbers.add(number).add(number + 1);
    last = number;
  }
  return [...numbers].toSorted((a, b) => a - b);
}

/** The suffixes after `PATH.` in its directory, without `.gz`. */
function suffixesOf(path: string): string[] {
  const start = Buffer.concat([encode(basename(path)), Buffer.from('.')]);
  const suffixes = namesIn(dirname(path))
    .filter((name) => name.subarray(0, start.length).equals(start))
    .map((name) => name.toString('latin1', start.length).replace(/\.gz$/, ''));
  return [...new Set(suffixes)];
}

/** None when the directory is gone: it may be removed with its container. */
function namesIn(directory: string): Buffer[] {
  try {
    return readdirSync(encode(directory), { encoding: 'buffer' });
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Whether the name still leads to this file, or still to none that can be a log. */
function isStill(name: string, file: LogFile | undefined, { owner }: LogPlace): boolean {
  const found = statSync(encode(name), { bigint: true, throwIfNoEntry: false });
  if (file === undefined && found !== undefined) {
    return !found.isFile() || (owner !== undefined && found.uid !== BigInt(owner));
  }
  if (file === undefined) return true;
  return found !== undefined && file.is(found);
}

/**
 * Without those that are there twice: in the middle of a rotation the log and the newest kept file are one, and
 * compression, interrupted, leaves the plain file beside the compressed one.
 */
function distinct(files: ReadonlyMap<string, LogFile | undefined>): LogFile[] {
  const kept: LogFile[] = [];
  for (const [name, file] of [...files].toReversed()) {
    if (file === undefined) continue;
    const plain = file.compressed ? files.get(name.slice(0, -'.gz'.length)) : undefined;
    if (plain === undefined && !kept.some((each) => each.isSame(file))) kept.push(file);
    else file.close();
  }
  return kept.toReversed();
}

/** Undefined when it is not among them, neither as it is nor compressed. */
async function placeOf(known: LogFile, files: readonly LogFile[]): Promise<number | undefined> {
  for (const [index, file] of files.entries()) {
    if (file.isSame(known) || (file.compressed && (await beginsAlike(file, known)))) return index;
  }
  return undefined;
}

/** What is at the path may have any time: a clock can be set back. */
function isOlder(file: LogFile, known: LogFile, path: string): boolean {
  return file.path !== path && file.modified() < known.modified();
}
