/**
 * The files of one log: the one at its path, and those that rotation keeps. `PATH.1` is the newest of these, then `PATH.2`
 * and so on; kubelet renames to `PATH.YYYYMMDD-HHMMSS`. Each may be compressed, with the suffix `.gz`.
 *
 * The monitor may rotate and compress while we look. So all names are opened, and looked at again: if each still is the
 * file that was opened, they were one set of files in between.
 */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { encode } from '../bytes.js';
import { LogError } from './errors.js';
import { namesOfLog } from './kept-names.js';
import { LogFile, NotALog } from './log-file.js';
import { beginsAlike } from './same-content.js';

/** Where a log is, and which of the files there are read. */
export interface LogPlace {
  readonly path: string;
  /** Only files of this user. */
  readonly owner: number | undefined;
}

/** One is usually enough; a rotation takes less time than a look at all names. */
const ATTEMPTS = 1000;

/** The files of a log that could be opened, the oldest first, and by name why others could not. */
export interface OpenedLog {
  readonly files: LogFile[];
  readonly problems: ReadonlyMap<string, LogError>;
}

/** Opens all files of a log. The caller closes them. */
export function openLogFiles(place: LogPlace): OpenedLog {
  const { path } = place;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { names, problem } = namesOfLog(path);
    const found = new Map(names.map((name) => [name, open(name, place)]));
    if ([...found].every(([name, file]) => isStill(name, file, place))) {
      const failed = [...found].flatMap(([name, file]) => (file instanceof LogError ? [[name, file] as const] : []));
      const inDirectory = problem === undefined ? [] : [[dirname(path), problem] as const];
      return { files: distinct(found), problems: new Map([...failed.toReversed(), ...inDirectory]) };
    }
    closeAll(found.values());
  }
  throw new LogError(`cannot read the log ${path}: it is rotated without a pause`);
}

/**
 * The same, but only those newer than one that is known; if rotation has dropped that, those that can be newer.
 *
 * @param onProblem called for those that cannot be opened; without it that is an error, as it is at the path of the log
 */
export async function openNewerFiles(
  place: LogPlace,
  known: LogFile,
  onProblem?: (error: LogError) => void,
): Promise<LogFile[]> {
  const { files, problems } = openLogFiles(place);
  try {
    for (const [name, problem] of problems) {
      if (onProblem === undefined || name === place.path) throw problem;
      onProblem(problem);
    }
    const last = (await placeOf(known, files)) ?? files.findLastIndex((file) => isOlder(file, known, place.path));
    return files.splice(last + 1);
  } finally {
    closeAll(files);
  }
}

export function closeAll(files: Iterable<Found>): void {
  for (const file of files) if (file instanceof LogFile) file.close();
}

/** What is at a name: a file, nothing that can be a log, or something that cannot be opened. */
type Found = LogFile | undefined | LogError;

/** Beside the log, a directory or a device is ignored; at its path it is an error. */
function open(name: string, { path, owner }: LogPlace): Found {
  try {
    return LogFile.open(name, name.endsWith('.gz'), owner);
  } catch (error) {
    if (name !== path && error instanceof NotALog) return undefined;
    if (error instanceof LogError) return error;
    throw error;
  }
}

/** Whether the name still leads to this file, or still to none that can be opened as a log. */
function isStill(name: string, file: Found, { owner }: LogPlace): boolean {
  if (file instanceof LogError) return true;
  const found = statSync(encode(name), { bigint: true, throwIfNoEntry: false });
  if (file !== undefined) return found !== undefined && file.is(found);
  return found === undefined || !found.isFile() || (owner !== undefined && found.uid !== BigInt(owner));
}

/**
 * Without duplicates: in the middle of a rotation the log and the newest kept file are the same file, and an interrupted
 * compression leaves the plain file beside the compressed one.
 */
function distinct(files: ReadonlyMap<string, Found>): LogFile[] {
  const kept = new Map<string, LogFile>();
  for (const [name, file] of [...files].toReversed()) {
    if (!(file instanceof LogFile)) continue;
    const plain = file.compressed ? files.get(name.slice(0, -'.gz'.length)) : undefined;
    if (plain instanceof LogFile || kept.has(file.identity)) file.close();
    else kept.set(file.identity, file);
  }
  return [...kept.values()].toReversed();
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
