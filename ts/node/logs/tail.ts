/** Finds where the last lines of a log in files begin, from its end: a log may have gigabytes. */
import { linesFromEnd } from './backwards.js';
import { contentOf } from './line-records.js';
import { LogError } from './errors.js';
import { BEGINNING, FileReader, type Reading, type Start } from './file-reader.js';
import type { LogFile } from './log-file.js';
import { LineCount } from './line-count.js';

/** The file in which the wanted lines begin, by its place in the list, and where in it. */
export interface TailStart {
  readonly index: number;
  readonly start: Start;
}

/**
 * `files` are the oldest first.
 *
 * @param isComplete what follows the last newline of the newest file is a line, too
 */
export async function startOfTail(
  files: readonly LogFile[],
  lines: number,
  reading: Reading,
  isComplete: boolean,
): Promise<TailStart> {
  const count = new LineCount(lines, reading.selection);
  for (let index = files.length - 1; index >= 0; index -= 1) {
    const file = files[index];
    if (file === undefined) break;
    const start = await (file.compressed
      ? inPacked(file, count, reading)
      : inPlain(file, count, reading, isComplete || index < files.length - 1));
    if (start !== undefined) return { index, start };
  }
  return { index: 0, start: BEGINNING };
}

/** Undefined when more lines are wanted than this file has, or can be read of it. */
async function inPlain(
  file: LogFile,
  count: LineCount,
  reading: Reading,
  isComplete: boolean,
): Promise<Start | undefined> {
  let isFound = false;
  /** Where the line begins that was looked at last. */
  let first = file.size();
  try {
    await linesFromEnd(file, isComplete, (bytes, start, end, offset, part) => {
      reading.signal?.throwIfAborted();
      const { record } = contentOf(reading.parse, bytes, start, end, part);
      isFound = record !== undefined && count.next(record) === 'before';
      if (!isFound) first = offset;
      return isFound;
    });
  } catch (error) {
    // It is reported when the file is read.
    if (!(error instanceof LogError) || reading.onProblem === undefined) throw error;
  }
  return isFound ? { offset: first } : undefined;
}

/** A compressed file can only be read forwards: once to count, and then again. */
async function inPacked(file: LogFile, count: LineCount, reading: Reading): Promise<Start | undefined> {
  // Errors are reported when it is read.
  const onProblem = reading.onProblem && (() => undefined);
  const reader = new FileReader(file, { ...reading, onMalformed: () => undefined, onProblem });
  const skip = await count.skip(reader.allRecords());
  return skip && { offset: 0, skip };
}
