/** Reads and follows the log of a container, wherever the monitor has put it. */
import { Ending } from './ending.js';
import type { MalformedRecord } from './errors.js';
import { parserOf } from './format.js';
import { type JournalSource, readJournal } from './journal.js';
import { readFiles } from './read-file.js';
import type { LogFormat, LogRecord } from './record.js';
import { type LogFilter, selection } from './selection.js';
import { Wakeup } from './wakeup.js';

/** A log in files: the one at a path, and those that rotation keeps beside it. */
export interface LogFileSource {
  readonly kind: 'file';
  /**
   * Of the log that is being written. With it are read `PATH.1` (the newest) … `PATH.N`, and `PATH.YYYYMMDD-HHMMSS` as
   * kubelet renames them, each also with `.gz`.
   */
  readonly path: string;
  /** Default: detected from the first byte of each record. */
  readonly format?: LogFormat | undefined;
  /** Only files of this user are read: for a path that one of its processes has named. */
  readonly owner?: number | undefined;
}

/** Where a log is. Text is the path of a {@link LogFileSource}. */
export type LogSource = string | LogFileSource | JournalSource;

/** Which records to read, for how long, and what to do about malformed ones. */
export interface ReadLogOptions extends LogFilter {
  /** Only the last so many lines of those that the other options leave; found from the end, without reading all. */
  readonly tail?: number | undefined;
  /**
   * Continue with what is written from now on, across truncation, renaming and rotation: true indefinitely; a promise
   * until it is settled (such as that of the container's exit), and then to the end of the log.
   */
  readonly follow?: boolean | PromiseLike<unknown> | undefined;
  /** Ends the reading with an error, the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called for each malformed line, which is then skipped. Without it such a line is an error. */
  readonly onMalformed?: ((error: MalformedRecord) => void) | undefined;
}

/**
 * The records of a log, oldest first, as they are in it: one for each line, more for a line that was written in parts
 * (see {@link joinLines}). Memory does not grow with the log. It reads no faster than the records are taken.
 *
 * An incomplete record at the end of the newest file is left out.
 *
 * @throws `RangeError` immediately, for an invalid time or number of lines
 * @throws {@link LogError} while reading: the log does not exist, or cannot be read, watched or decompressed
 * @throws {@link MalformedRecord} while reading, without `onMalformed`
 */
export function readLog(source: LogSource, options: ReadLogOptions = {}): AsyncIterable<LogRecord> {
  return flatten(readLogBatches(source, options));
}

/** {@link readLog} in batches of records, as they were read: faster for gigabytes. */
export function readLogBatches(
  source: LogSource,
  options: ReadLogOptions = {},
): AsyncGenerator<readonly LogRecord[], void, undefined> {
  const { tail } = options;
  if (tail !== undefined && !(Number.isSafeInteger(tail) && tail >= 0)) {
    throw new RangeError(`not a number of lines: ${tail}`);
  }
  return read(source, options, selection(options));
}

async function* read(
  source: LogSource,
  options: ReadLogOptions,
  select: ReturnType<typeof selection>,
): AsyncGenerator<readonly LogRecord[], void, undefined> {
  const { signal, follow: wish, until } = options;
  signal?.throwIfAborted();
  const wakeup = new Wakeup();
  const ending = new Ending(wakeup, signal, typeof wish === 'object' ? wish : undefined, wish ? until : undefined);
  const follow = wish === undefined || wish === false ? undefined : { wakeup, ending };
  try {
    if (typeof source === 'object' && source.kind === 'journald') {
      yield* readJournal(source, { ...options, selection: select, follow });
      return;
    }
    const { path, format, owner } = typeof source === 'string' ? { ...ANY, path: source } : source;
    const reading = { parse: parserOf(format), selection: select, onMalformed: options.onMalformed, signal };
    yield* readFiles({ place: { path, owner }, reading, since: options.since, tail: options.tail, follow });
  } finally {
    ending.release();
  }
}

const ANY = { format: undefined, owner: undefined };

async function* flatten(batches: AsyncIterable<readonly LogRecord[]>): AsyncGenerator<LogRecord, void, undefined> {
  for await (const batch of batches) for (const record of batch) yield record;
}
