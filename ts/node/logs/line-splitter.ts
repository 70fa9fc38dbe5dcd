/** Cuts a log file into lines, whatever the pieces are in which it is read. */

const NEWLINE = 0x0a;
/** Longer than any record: 8 KiB of text in a k8s-file log, 16 KiB in six bytes each in a json-file log. */
export const LONGEST_LINE = 1 << 20;

/**
 * Gets a line: the bytes from `start` to `end`, without the newline, and where it begins in the file. One that is `cut` is longer
 * than any record, and only its beginning is there.
 */
export type OnLine = (bytes: Buffer, start: number, end: number, offset: number, cut?: boolean) => void;

export class LineSplitter {
  readonly #onLine: OnLine;
  /** Where the next piece begins in the file. */
  #offset: number;
  /** The beginning of a line whose end has not been read. */
  #rest: Buffer = Buffer.alloc(0);
  /** How many bytes of that line were thrown away, because it is too long to be a record. */
  #dropped = 0;

  constructor(offset: number, onLine: OnLine) {
    this.#offset = offset;
    this.#onLine = onLine;
  }

  /** Hands on the lines that end in this piece. It must not be changed afterwards. */
  feed(piece: Buffer): void {
    let start = 0;
    let end = piece.indexOf(NEWLINE);
    if (end >= 0 && this.#rest.length > 0) {
      this.#handOn(Buffer.concat([this.#rest, piece.subarray(0, end)]), this.#lineOffset());
      this.#forget();
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
    if (this.#rest.length > 0) this.#handOn(this.#rest, this.#lineOffset());
    this.#forget();
  }

  #keep(tail: Buffer): void {
    const room = LONGEST_LINE - this.#rest.length;
    this.#dropped += Math.max(tail.length - room, 0);
    if (room > 0) this.#rest = Buffer.concat([this.#rest, tail.subarray(0, room)]);
  }

  #handOn(line: Buffer, offset: number): void {
    this.#onLine(line, 0, line.length, offset, this.#dropped > 0 || line.length > LONGEST_LINE);
  }

  #lineOffset(): number {
    return this.#offset - this.#rest.length - this.#dropped;
  }

  #forget(): void {
    this.#rest = Buffer.alloc(0);
    this.#dropped = 0;
  }
}
