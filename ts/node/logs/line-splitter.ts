/** Cuts a log file into lines, whatever the pieces are in which it is read. */

const NEWLINE = 0x0a;
/**
 * Longer lines are cut. The monitor writes 8 KiB of text in a record, 16 KiB in six bytes each in a json-file log; others may
 * write more.
 */
export const LONGEST_LINE = 16 << 20;

/**
 * How a line that is longer than {@link LONGEST_LINE} is passed on: `beginning` is as much of it as is read; after it comes,
 * as `end`, what follows the last NUL in it, if that is short enough: see {@link recordAfterNuls}.
 */
export type PartOfLine = 'beginning' | 'end';

/** Receives a line: the bytes from `start` to `end`, without the newline, and where it begins in the file. */
export type OnLine = (bytes: Buffer, start: number, end: number, offset: number, part?: PartOfLine) => void;

export class LineSplitter {
  readonly #onLine: OnLine;
  /** Where the next piece begins in the file. */
  #offset: number;
  /** The beginning of a line whose end has not been read. */
  #kept: Buffer[] = [];
  #keptBytes = 0;
  /** How many bytes of that line were dropped, because it is too long. */
  #dropped = 0;
  /** What follows the last NUL in the dropped bytes. */
  #afterNul: Buffer[] | undefined;
  #afterNulBytes = 0;

  constructor(offset: number, onLine: OnLine) {
    this.#onLine = onLine;
    this.#offset = offset;
  }

  /** Bytes after the last newline. */
  get pending(): number {
    return this.#keptBytes + this.#dropped;
  }

  /** Passes on the lines that end in this piece. It must not be changed afterwards. */
  feed(piece: Buffer): void {
    let start = 0;
    let end = piece.indexOf(NEWLINE);
    if (end >= 0 && this.#keptBytes > 0) {
      this.#keep(piece.subarray(0, end));
      this.#emit(this.#offset + end);
      start = end + 1;
      end = piece.indexOf(NEWLINE, start);
    }
    for (; end >= 0; end = piece.indexOf(NEWLINE, start)) {
      this.#onLine(piece, start, end, this.#offset + start);
      start = end + 1;
    }
    this.#offset += piece.length;
    if (start < piece.length) this.#keep(piece.subarray(start));
  }

  /** The file ends here: a last line without a newline is one, too. */
  finish(): void {
    if (this.#keptBytes > 0) this.#emit(this.#offset);
  }

  #keep(bytes: Buffer): void {
    const room = LONGEST_LINE - this.#keptBytes;
    const kept = bytes.subarray(0, room);
    if (kept.length > 0) this.#kept.push(kept);
    this.#keptBytes += kept.length;
    if (bytes.length > kept.length) this.#drop(bytes.subarray(kept.length));
  }

  #drop(bytes: Buffer): void {
    if (this.#dropped === 0 && this.#kept.at(-1)?.at(-1) === 0) this.#afterNul = [];
    this.#dropped += bytes.length;
    const nul = bytes.lastIndexOf(0);
    if (nul >= 0) {
      this.#afterNul = [];
      this.#afterNulBytes = 0;
    }
    const end = bytes.subarray(nul + 1);
    this.#afterNul?.push(end);
    this.#afterNulBytes += end.length;
    if (this.#afterNulBytes > LONGEST_LINE) this.#afterNul = undefined;
  }

  /** The line ends before this offset. */
  #emit(end: number): void {
    const line = Buffer.concat(this.#kept);
    const start = end - this.#keptBytes - this.#dropped;
    const afterNul = Buffer.concat(this.#afterNul ?? []);
    const isCut = this.#dropped > 0;
    this.#forget();
    this.#onLine(line, 0, line.length, start, isCut ? 'beginning' : undefined);
    if (afterNul.length > 0) this.#onLine(afterNul, 0, afterNul.length, end - afterNul.length, 'end');
  }

  #forget(): void {
    this.#kept = [];
    this.#keptBytes = 0;
    this.#dropped = 0;
    this.#afterNul = undefined;
    this.#afterNulBytes = 0;
  }
}
