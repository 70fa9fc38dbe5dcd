/** Reads a file line by line from its end. */
import { LONGEST_LINE, type OnLine } from './line-splitter.js';
import type { LogFile } from './log-file.js';

const NEWLINE = 0x0a;
const PIECE = 64 * 1024;

/**
 * Hands on the lines of a file, the last one first, until `onLine` is told enough. What stands behind the last newline is no
 * line yet.
 *
 * @param onLine gets a line; true: no more are wanted
 */
export async function linesFromEnd(file: LogFile, onLine: (...line: Parameters<OnLine>) => boolean): Promise<void> {
  let position = file.size();
  /** What was read and not handed on; it ends in a newline once there was one. */
  let rest: Buffer = Buffer.alloc(0);
  let complete = false;
  /** The line at the beginning of the rest is too long for a record, and was shortened. */
  let cut = false;
  while (position > 0) {
    const length = Math.min(PIECE, position);
    position -= length;
    const bytes = Buffer.concat([await file.read(position, length), rest]);
    let end: number = complete ? bytes.length : bytes.lastIndexOf(NEWLINE) + 1;
    complete ||= end > 0;
    for (let before = newlineBefore(bytes, end); before >= 0; before = newlineBefore(bytes, end)) {
      cut ||= end - before > LONGEST_LINE;
      if (onLine(bytes, before + 1, end - 1, position + before + 1, cut)) return;
      end = before + 1;
      cut = false;
    }
    cut ||= complete && end > LONGEST_LINE;
    rest = complete ? shortened(bytes, end) : Buffer.alloc(0);
  }
  if (rest.length > 0) onLine(rest, 0, rest.length - 1, 0, cut);
}

/** Of the newline before the one that ends at `end`. */
function newlineBefore(bytes: Buffer, end: number): number {
  return end < 2 ? -1 : bytes.lastIndexOf(NEWLINE, end - 2);
}

/** The beginning up to `end`; of a line that is too long for a record only its newline. */
function shortened(bytes: Buffer, end: number): Buffer {
  return bytes.subarray(end > LONGEST_LINE ? end - 1 : 0, end);
}
