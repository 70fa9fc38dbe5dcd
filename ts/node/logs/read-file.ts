/** Reads a log that is kept in files. */
import type { Ending } from './ending.js';
import { LogError } from './errors.js';
import { BEGINNING, FileReader, type Reading } from './file-reader.js';
import { followFile } from './follow-file.js';
import { closeAll, type LogPlace, openLogFiles } from './kept-files.js';
import type { LogFile } from './log-file.js';
import type { LogRecord } from './record.js';
import { nanosecondsOf, type Time } from './time.js';
import { startOfTail, type TailStart } from './tail.js';
import type { Wakeup } from './wakeup.js';

/** What is wanted of the log. */
export interface FileRequest {
  readonly place: LogPlace;
  readonly reading: Reading;
  readonly since: Time | undefined;
  /** So many lines at the end; undefined: all. */
  readonly tail: number | undefined;
  /** Undefined: what there is now. */
  readonly follow: { readonly wakeup: Wakeup; readonly ending: Ending } | undefined;
}

/** The records in batches, oldest first. */
export async function* readFiles(request: FileRequest): AsyncGenerator<readonly LogRecord[]> {
  const { place, reading, follow } = request;
  const files = openLogFiles(place);
  const newest = files.at(-1);
  try {
    if (newest === undefined || (newest.compressed && follow !== undefined)) {
      throw new LogError(`there is no log ${place.path}`);
    }
    const from = await startOf(files, request);
    for (const [index, file] of files.entries()) {
      if (index < from.index) continue;
      const reader = new FileReader(file, reading, index === from.index ? from.start : BEGINNING);
      if (file !== newest) yield* reader.allRecords();
      else if (follow === undefined) yield* reader.records();
      else yield* followFile(place, reader, reading, follow.wakeup, follow.ending);
      if (reader.isOver) return;
    }
  } finally {
    closeAll(files);
  }
}

async function startOf(files: readonly LogFile[], { tail, reading, since }: FileRequest): Promise<TailStart> {
  if (tail !== undefined) return startOfTail(files, tail, reading);
  return { index: since === undefined ? 0 : firstWrittenAfter(files, nanosecondsOf(since)), start: BEGINNING };
}

/** What was written last before that time has no record from after it, and need not be read. */
function firstWrittenAfter(files: readonly LogFile[], time: bigint): number {
  // The clock of file times is coarser than that of records, and at most one tick of the kernel late.
  const margin = 10_000_000n;
  const last = files.length - 1;
  for (let index = 0; index < last; index += 1) {
    const written = files[index]?.modified();
    if (written !== undefined && written + margin >= time) return index;
  }
  return last;
}
