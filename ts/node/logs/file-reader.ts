/** Reads the records of one file of a log. */
import { LogError, MalformedRecord } from './errors.js';
import type { Parse } from './format.js';
import { gunzip } from './gunzip.js';
import { contentOf } from './line-records.js';
import type { LogFile } from './log-file.js';
import type { Skip } from './line-count.js';
import { LineSplitter, type PartOfLine } from './line-splitter.js';
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
  /** Called when the rest of a file cannot be read; without it that is an error. */
  readonly onProblem: ((error: LogError) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Where to start: at an offset, and after some of the selected records. */
export interface Start {
  readonly offset: number;
  readonly skip?: Skip;
}

export const BEGINNING: Start = { offset: 0 };

export class FileReader {
  readonly file: LogFile;
  readonly #reading: Reading;
  #offset: number;
  /** Ends of lines that are still to be skipped. */
  #skip: number;
  readonly #unfinished: ReadonlySet<number>;
  #skipped = 0;
  #lines: LineSplitter;
  #records: LogRecord[] = [];
  #problem: MalformedRecord | undefined;
  #isBroken = false;

  constructor(file: LogFile, reading: Reading, start: Start = BEGINNING) {
    this.file = file;
    this.#reading = reading;
    this.#offset = start.offset;
    this.#skip = start.skip?.lines ?? 0;
    this.#unfinished = start.skip?.unfinished ?? NONE;
    this.#lines = this.#splitter(start.offset);
  }

  /** Where a line begins that has no newline yet; undefined when every line has one. */
  get unfinishedAt(): number | undefined {
    return this.#lines.pending === 0 ? undefined : this.#offset - this.#lines.pending;
  }

  /** The records up to the present end of the file. The next call continues there, with a line that is still incomplete. */
  async *records(): AsyncGenerator<readonly LogRecord[]> {
    if (this.#isBroken) return;
    try {
      for await (const piece of this.file.compressed ? gunzip(this.file) : this.#plain()) {
        this.#reading.signal?.throwIfAborted();
        this.#lines.feed(piece);
        yield* this.#collected();
      }
    } catch (error) {
      if (!(error instanceof LogError) || error === this.#problem || this.#reading.onProblem === undefined) throw error;
      this.#isBroken = true;
      this.#reading.onProblem(error);
    }
  }

  /** The same, and nothing will be written to this file any more: a line without a newline is one, too. */
  async *allRecords(): AsyncGenerator<readonly LogRecord[]> {
    yield* this.records();
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
        // Truncated in place, as `copytruncate` of logrotate does.
        this.#offset = 0;
        this.#lines = this.#splitter(0);
      } else {
        return;
      }
    }
  }

  #splitter(offset: number): LineSplitter {
    const { parse } = this.#reading;
    return new LineSplitter(offset, (bytes, start, end, at, part) => {
      // Empty lines are ignored: the monitor ends a torn record with a newline.
      if (start === end || this.#problem !== undefined) return;
      const record = part === undefined ? parse(bytes, start, end) : undefined;
      if (record === undefined) this.#takeApart(bytes, start, end, at, part);
      // Only the line at which a damaged file ends is passed on after that.
      else this.#take(this.#isBroken ? { ...record, truncated: true } : record);
    });
  }

  #takeApart(bytes: Buffer, start: number, end: number, at: number, part: PartOfLine | undefined): void {
    const { record, malformedTo } = contentOf(this.#reading.parse, bytes, start, end, part);
    const isTooLong = part === 'beginning';
    if (malformedTo > start || record?.truncated === true) {
      const shown = bytes.subarray(start, isTooLong ? end : malformedTo);
      this.#malformed(new MalformedRecord(this.file.path, at, shown, isTooLong));
    }
    if (record !== undefined) this.#take(record);
  }

  #malformed(problem: MalformedRecord): void {
    if (this.#reading.onMalformed === undefined) this.#problem = problem;
    else this.#reading.onMalformed(problem);
  }

  #take(record: LogRecord): void {
    if (!this.#reading.selection(record)) return;
    if (this.#skip === 0) {
      this.#records.push(record);
      return;
    }
    if (!record.partial || this.#unfinished.has(this.#skipped)) this.#skip -= 1;
    this.#skipped += 1;
  }
}

const NONE: ReadonlySet<number> = new Set();
