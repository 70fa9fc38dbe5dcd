/** Finds where the last lines of a log in files begin, from its end: a log may have gigabytes. */
import { linesFromEnd } from './backwards.js';
import { BEGINNING, FileReader, type Reading, type Start } from './file-reader.js';
import type { LogFile } from './log-file.js';
import { LineCount } from './line-count.js';

/** The file in which the wanted lines begin, by its place in the list, and where in it. */
export interface TailStart {
  readonly index: number;
  readonly start: Start;
}

/** `files` are the oldest first. */
export async function startOfTail(files: readonly LogFile[], lines: number, reading: Reading): Promise<TailStart> {
  const count = new LineCount(lines, reading.selection);
  for (let index = files.length - 1; index >= 0; index -= 1) {
    const file = files[index];
    if (file === undefined) break;
    const start = await (file.compressed ? inPacked(file, count, reading) : inPlain(file, count, reading));
    if (start !== undefined) return { index, start };
  }
  return { index: 0, start: BEGINNING };
}

/** Undefined when more lines are wanted than this file has. */
async function inPlain(file: LogFile, count: LineCount, reading: Reading): Promise<Start | undefined> {
  let found: Start | undefined;
  await linesFromEnd(file, (bytes, start, end, offset, cut) => {
    reading.signal?.throwIfAborted();
    const record = cut === true ? undefined : reading.parse(bytes, start, end);
    if (record === undefined || count.next(record) !== 'before') return false;
    found = { offset: offset + end - start + 1, skippedLines: 0 };
    return true;
  });
  return found;
}

/** A compressed file can only be read forwards: once to count, and then again. */
async function inPacked(file: LogFile, count: LineCount, reading: Reading): Promise<Start | undefined> {
  // Errors are reported when it is read.
  const reader = new FileReader(file, { ...reading, onMalformed: () => undefined });
  const skippedLines = await count.skip(reader.records());
  return skippedLines === undefined ? undefined : { offset: 0, skippedLines };
}
