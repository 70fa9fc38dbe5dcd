/** Reads a file line by line from its end. */
import { LONGEST_LINE, type PartOfLine } from './line-splitter.js';
import type { LogFile } from './log-file.js';

const NEWLINE = 0x0a;
const PIECE = 64 * 1024;

/** Receives a line like {@link OnLine}, the parts of a long one in reverse; returns true if no more are wanted. */
export type OnEarlierLine = (bytes: Buffer, start: number, end: number, offset: number, part?: PartOfLine) => boolean;

/**
 * Passes on the lines of a file, the last one first.
 *
 * @param isComplete what follows the last newline is a line, too
 */
export async function linesFromEnd(file: LogFile, isComplete: boolean, onLine: OnEarlierLine): Promise<void> {
  let position = file.size();
  /** Where the line ends that is being read; undefined before the last newline. */
  let lineEnd = isComplete ? position : undefined;
  /** The end of that line. */
  let rest: Buffer[] = [];
  const emit = (offset: number, end: number, first: Buffer): boolean | Promise<boolean> => {
    if (end - offset > LONGEST_LINE) return longLine(file, offset, end, onLine);
    const line = rest.length === 0 ? first : Buffer.concat([first, ...rest.toReversed()]);
    return onLine(line, 0, line.length, offset);
  };
  while (position > 0) {
    const length = Math.min(PIECE, position);
    position -= length;
    const piece = await file.read(position, length);
    let end = piece.length;
    for (let newline = lastNewline(piece, end); newline >= 0; newline = lastNewline(piece, end)) {
      const offset = position + newline + 1;
      const found = lineEnd !== undefined && emit(offset, lineEnd, piece.subarray(newline + 1, end));
      if (typeof found === 'boolean' ? found : await found) return;
      end = newline;
      lineEnd = position + newline;
      rest = [];
    }
    if (lineEnd !== undefined && lineEnd - position <= LONGEST_LINE) rest.push(piece.subarray(0, end));
  }
  if (lineEnd !== undefined) await emit(0, lineEnd, Buffer.alloc(0));
}

/** The last one before `end`. */
function lastNewline(bytes: Buffer, end: number): number {
  return end === 0 ? -1 : bytes.lastIndexOf(NEWLINE, end - 1);
}

/** The parts in which {@link LineSplitter} passes on such a line. */
async function longLine(file: LogFile, offset: number, end: number, onLine: OnEarlierLine): Promise<boolean> {
  const beginning = await file.read(offset, LONGEST_LINE);
  const from = Math.max(offset + LONGEST_LINE, end - LONGEST_LINE - 1);
  const last = await file.read(from, end - from);
  const nul = last.lastIndexOf(0);
  const followsNul = nul >= 0 || (from === offset + LONGEST_LINE && beginning.at(-1) === 0);
  const afterNul = followsNul ? last.subarray(nul + 1) : last.subarray(last.length);
  if (afterNul.length > 0 && onLine(afterNul, 0, afterNul.length, end - afterNul.length, 'end')) return true;
  return onLine(beginning, 0, beginning.length, offset, 'beginning');
}
