/**
 * Follows a log by its name, across rotation, without losing a record at a switch.
 *
 * The file that is being read stays open until another one at the path has content: only then is nothing more written to
 * the old one, no matter which process renamed it, and in which order. The files in between are read next, if rotation
 * was quicker.
 */
import type { FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import { encode } from '../bytes.js';
import type { Ending } from './ending.js';
import { isErrno } from '../errno.js';
import { FileReader, type Reading } from './file-reader.js';
import { closeAll, type LogPlace, openNewerFiles } from './kept-files.js';
import type { LogFile } from './log-file.js';
import type { LogRecord } from './record.js';
import { isLastLine, type OnUnfinished } from './unfinished.js';
import type { Wakeup } from './wakeup.js';
import { watchFile, watchName } from './watch.js';

/** What is at the path: the file that is read, another one with records in it, or nothing of interest yet. */
type Successor = 'none' | 'there' | 'not yet';

/** What is followed. */
interface Followed {
  readonly place: LogPlace;
  readonly reading: Reading;
  readonly onUnfinished: OnUnfinished | undefined;
}

/** Starts at the position of `first`. Closes its file and all others. */
export async function* followFile(
  { place, reading, onUnfinished }: Followed,
  first: FileReader,
  wakeup: Wakeup,
  ending: Ending,
): AsyncGenerator<readonly LogRecord[]> {
  let current = first;
  /** Newer files, which are open, so that nothing is lost when one of them is dropped. */
  let newer: LogFile[] = [];
  try {
    for (;;) {
      if (newer.length === 0) {
        const reached = ending.isReached;
        yield* untilReplaced(place.path, current, reading, wakeup, ending);
        newer = await openNewerFiles(place, current.file, reading.onProblem);
        if (newer.length === 0 && reached) break;
      }
      const next = newer.shift();
      if (next === undefined) continue;
      const { file } = current;
      yield* current.allRecords();
      current = new FileReader(next, reading);
      file.close();
    }
    if (await isLastLine(current, onUnfinished)) yield* current.allRecords();
  } finally {
    closeAll([current.file, ...newer]);
  }
}

async function* untilReplaced(
  path: string,
  reader: FileReader,
  reading: Reading,
  wakeup: Wakeup,
  ending: Ending,
): AsyncGenerator<readonly LogRecord[]> {
  const watches: (FSWatcher | undefined)[] = [watchFile(reader.file, wakeup)];
  try {
    for (;;) {
      reading.signal?.throwIfAborted();
      // Asked before the file is read: what was written until then is found.
      const last = ending.isReached;
      yield* reader.records();
      if (last) return;
      const successor = await successorOf(path, reader.file);
      if (successor === 'there') return;
      if (successor === 'none' || watches.length > 1) await wakeup.wait();
      else watches.push(watchName(path, wakeup));
    }
  } finally {
    for (const watch of watches) watch?.close();
  }
}

async function successorOf(path: string, file: LogFile): Promise<Successor> {
  const found = await stat(encode(path), { bigint: true }).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (found === undefined) return 'not yet';
  if (file.is(found)) return 'none';
  return found.size > 0n ? 'there' : 'not yet';
}
