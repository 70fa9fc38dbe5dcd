/** Counts lines backwards. */
import type { LogRecord, LogStream } from './record.js';
import type { Selection } from './selection.js';

/** Selected records that precede the wanted ones. */
export interface Skip {
  /** How many ends of lines they have. */
  readonly lines: number;
  /** Records by their number, from 0, which count as an end although their line has none. */
  readonly unfinished: ReadonlySet<number>;
}

/**
 * Finds where the last lines of a log begin when its records are shown from the last to the first. A line in several records
 * counts once; where lines of both streams are mixed, the oldest one may lack its beginning.
 */
export class LineCount {
  readonly #selection: Selection;
  /** Streams of which a later record is known. */
  readonly #seen = new Set<LogStream>();
  #left: number;

  constructor(lines: number, wanted: Selection) {
    this.#left = lines;
    this.#selection = wanted;
  }

  /** Whether this record is one of the last lines, not selected, or before all of them. */
  next(record: LogRecord): 'wanted' | 'other' | 'before' {
    if (!this.#selection(record)) return 'other';
    const endsLine = !record.partial || !this.#seen.has(record.stream);
    if (endsLine && this.#left === 0) return 'before';
    this.#seen.add(record.stream);
    this.#left -= endsLine ? 1 : 0;
    return 'wanted';
  }

  /** The same for many selected records that come first to last; undefined when all of them are wanted, and more. */
  async skip(batches: AsyncIterable<readonly LogRecord[]>): Promise<Skip | undefined> {
    /** The last record of each stream, if its line has no end. */
    const open = new Map<LogStream, number | undefined>();
    let index = 0;
    let lines = 0;
    for await (const records of batches) {
      for (const { stream, partial } of records) {
        lines += partial ? 0 : 1;
        open.set(stream, partial ? index : undefined);
        index += 1;
      }
    }
    const unfinished = [...open].flatMap(([stream, at]) => (at === undefined || this.#seen.has(stream) ? [] : [at]));
    for (const stream of open.keys()) this.#seen.add(stream);
    this.#left -= lines + unfinished.length;
    return this.#left < 0 ? { lines: -this.#left, unfinished: new Set(unfinished) } : undefined;
  }
}
