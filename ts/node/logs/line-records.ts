/** Takes records and malformed lines out of the lines of a file. */
import { recordAfterNuls } from './after-nuls.js';
import type { Parse } from './format.js';
import type { PartOfLine } from './line-splitter.js';
import type { LogRecord } from './record.js';

/** What is in a line. */
export interface LineContent {
  readonly record: LogRecord | undefined;
  /** Where the record begins, or else where the line ends: what is before is malformed. */
  readonly malformedTo: number;
}

/** The content of a line that is not just one whole record, or of a part of one. */
export function contentOf(
  parse: Parse,
  bytes: Buffer,
  start: number,
  end: number,
  part: PartOfLine | undefined,
): LineContent {
  if (part === 'beginning') {
    // After NULs the end of the line is looked for: a hole in the file is not text.
    const record = bytes[end - 1] === 0 ? undefined : parse(bytes, start, end);
    return record === undefined
      ? { record, malformedTo: end }
      : { record: { ...record, truncated: true }, malformedTo: start };
  }
  const record = parse(bytes, start, end);
  if (record !== undefined) return { record, malformedTo: start };
  const at = recordAfterNuls(parse, bytes, start, end);
  // The malformed beginning of a long line has been reported.
  if (at === undefined) return { record: undefined, malformedTo: part === 'end' ? start : end };
  return { record: parse(bytes, at, end), malformedTo: part === 'end' ? start : at };
}
