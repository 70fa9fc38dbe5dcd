/** Reads the records of one file of a log. */
import { LogError, MalformedRecord } from './errors.js';
import type { Parse } from './format.js';
import { gunzip } from './gunzip.js';
import type { LogFile } from './log-file.js';
import { LineSplitter } from './line-splitter.js';
import type { LogRecord } from './record.js';
import type { Selection } from './selection.js';

/** Bytes per read. Larger buffers are no faster, and each lives as long as one of its records. */
const PIECE = 256 * 1024;

/** How the files of a log are read. */
export interface Reading {
  readonly parse: Parse;
  readonly selection: Selection;
  /** Called for malformed records; without it they are errors. */
  readonly onMalformed: ((error: MalformedRecord) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Where to start: at an offset, and after this many newlines of matching lines. */
export interface Start {
  readonly offset: number;
  readonly skippedLines: number;
}

export const BEGINNING: Start = { offset: 0, skippedLines: 0 };

export class FileReader {
  readonly file: LogFile;
  readonly #reading: Reading;
  #offset: number;
  #skip: number;
  #lines: LineSplitter;
  #records: LogRecord[] = [];
  #problem: MalformedRecord | undefined;
  #over = false;

  constructor(file: LogFile, reading: Reading, start: Start = BEGINNING) {
    this.file = file;
    this.#reading = reading;
    this.#offset = start.offset;
    this.#skip = start.skippedLines;
    this.#lines = this.#splitter(start.offset);
  }

  /** Whether a record was met after which none can be wanted. */
  get isOver(): boolean {
    return this.#over;
  }

  /** The records up to the present end of the file. The next call continues there, with a line that is still incomplete. */
  async *records(): AsyncGenerator<readonly LogRecord[]> {
    for await (const piece of this.file.compressed ? this.#unpacked() : this.#plain()) {
      this.#reading.signal?.throwIfAborted();
      this.#lines.feed(piece);
      yield* this.#collected();
      if (this.#over) return;
    }
  }

  /** The same, and nothing will be written to this file any more: an unfinished line is one that was torn. */
  async *allRecords(): AsyncGenerator<readonly LogRecord[]> {
    yield* this.records();
    if (this.#over) return;
    this.#lines.finish();
    yield* this.#collected();
  }

  *#collected(): Generator<readonly LogRecord[]> {
    const records = this.#records;
    this.#records = [];
    if (records.length > 0) yield records;
    if (this.#problem !== undefined) throw this.#problem;
  }

  async *#plain(): AsyncGenerator<Buffer> {
    for (;;) {
      const piece = await this.file.read(this.#offset, PIECE);
      if (piece.length > 0) {
        this.#offset += piece.length;
        yield piece;
      } else if (this.file.size() < this.#offset) {
        // Emptied in place, as `copytruncate` of logrotate does.
        this.#offset = 0;
        this.#lines = this.#splitter(0);
      } else {
        return;
      }
    }
  }

  async *#unpacked(): AsyncGenerator<Buffer> {
    try {
      for await (const piece of gunzip(this.file)) if (Buffer.isBuffer(piece)) yield piece;
    } catch (cause) {
      throw new LogError(`cannot unpack the log ${this.file.path}: ${String(cause)}`, { cause });
    }
  }

  #splitter(offset: number): LineSplitter {
    return new LineSplitter(offset, (bytes, start, end, at, cut) => {
      // Empty lines are ignored: the monitor ends a torn record with a newline.
      if (start === end || this.#over || this.#problem !== undefined) return;
      const record = cut === true ? undefined : this.#reading.parse(bytes, start, end);
      if (record === undefined || !this.#take(record)) {
        this.#malformed(new MalformedRecord(this.file.path, at, bytes.subarray(start, end)));
      }
    });
  }

  #malformed(problem: MalformedRecord): void {
    if (this.#reading.onMalformed === undefined) this.#problem = problem;
    else this.#reading.onMalformed(problem);
  }

  /** False when the record has no valid time, but that is asked for. */
  #take(record: LogRecord): boolean {
    const verdict = this.#reading.selection(record);
    if (verdict === 'over') this.#over = true;
    if (verdict !== 'wanted') return verdict !== 'timeless';
    if (this.#skip === 0) this.#records.push(record);
    else if (!record.partial) this.#skip -= 1;
    return true;
  }
}
