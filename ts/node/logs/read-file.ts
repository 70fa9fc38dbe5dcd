/** Reads a log that is kept in files. */
import type { Ending } from './ending.js';
import { LogError } from './errors.js';
import { BEGINNING, FileReader, type Reading } from './file-reader.js';
import { followFile } from './follow-file.js';
import { closeAll, type LogPlace, openLogFiles } from './kept-files.js';
import type { LogFile } from './log-file.js';
import type { LogRecord } from './record.js';
import { startOfTail, type TailStart } from './tail.js';
import { isLastLine, type OnUnfinished, unfinishedLine } from './unfinished.js';
import type { Wakeup } from './wakeup.js';

/** What is wanted of the log. */
export interface ReadFilesRequest {
  readonly place: LogPlace;
  readonly reading: Reading;
  /** How many lines at the end; undefined: all. */
  readonly tail: number | undefined;
  /** Undefined: only what has been written so far. */
  readonly follow: { readonly wakeup: Wakeup; readonly ending: Ending } | undefined;
  readonly onUnfinished: OnUnfinished | undefined;
}

/** The records in batches, oldest first. */
export async function* readFiles(request: ReadFilesRequest): AsyncGenerator<readonly LogRecord[]> {
  const { place, reading, follow, onUnfinished } = request;
  const files = openFiles(request);
  const newest = files.at(-1);
  try {
    if (newest === undefined || (newest.compressed && follow !== undefined)) {
      throw new LogError(`cannot read the log ${place.path}: it does not exist`);
    }
    const from = await startOf(files, newest, request);
    for (const [index, file] of files.entries()) {
      if (index < from.index) continue;
      const reader = new FileReader(file, reading, index === from.index ? from.start : BEGINNING);
      if (file !== newest || file.compressed || from.isComplete === true) yield* reader.allRecords();
      else if (follow !== undefined) yield* followFile(request, reader, follow.wakeup, follow.ending);
      else {
        yield* reader.records();
        const asked = from.isComplete !== undefined;
        if (!asked && (await isLastLine(reader, onUnfinished))) yield* reader.allRecords();
      }
    }
  } finally {
    closeAll(files);
  }
}

/** What cannot be opened is reported; without the log itself, nothing can be followed, and there may be nothing at all. */
function openFiles({ place, reading, follow }: ReadFilesRequest): LogFile[] {
  const { files, problems } = openLogFiles(place);
  for (const [name, problem] of problems) {
    const isFatal = reading.onProblem === undefined || (name === place.path && follow !== undefined);
    if (isFatal || files.length === 0) {
      closeAll(files);
      throw problem;
    }
    reading.onProblem(problem);
  }
  return files;
}

interface From extends TailStart {
  /** Whether the newest file is read with a last line that has no newline; undefined when that is not known yet. */
  readonly isComplete: boolean | undefined;
}

async function startOf(files: readonly LogFile[], newest: LogFile, request: ReadFilesRequest): Promise<From> {
  const { tail, reading, follow, onUnfinished } = request;
  if (tail === undefined) return { index: 0, start: BEGINNING, isComplete: undefined };
  const unfinished = follow === undefined && !newest.compressed ? await unfinishedLine(newest) : undefined;
  const isComplete = unfinished !== undefined && (await onUnfinished?.(unfinished)) === true;
  return {
    ...(await startOfTail(files, tail, reading, isComplete)),
    isComplete: unfinished === undefined ? undefined : isComplete,
  };
}
