/** Reads and follows the log of a container, wherever the monitor has put it. */
import { Ending } from './ending.js';
import type { LogError } from './errors.js';
import { parserOf } from './format.js';
import { readJournal } from './journal.js';
import type { ReadLogOptions } from './options.js';
import { readFiles } from './read-file.js';
import type { LogRecord } from './record.js';
import { selection } from './selection.js';
import type { LogSource } from './source.js';
import { Wakeup } from './wakeup.js';

/**
 * The records of a log, oldest first, as they are in it: one for each line, more for a line that was written in parts
 * (see {@link joinLines}). Memory does not grow with the log. It reads no faster than the records are taken.
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
    const { onMalformed, onProblem, onUnfinished, tail } = options;
    const parse = parserOf(format);
    const reading = { parse, selection: select, onMalformed, onProblem: onProblem && once(onProblem), signal };
    yield* readFiles({ place: { path, owner }, reading, tail, follow, onUnfinished });
  } finally {
    ending.release();
  }
}

/** While a log is followed, the same problem is met at each rotation. */
function once(report: (error: LogError) => void): (error: LogError) => void {
  const reported = new Set<string>();
  return (error) => {
    if (!reported.has(error.message)) report(error);
    reported.add(error.message);
  };
}

const ANY = { format: undefined, owner: undefined };

async function* flatten(batches: AsyncIterable<readonly LogRecord[]>): AsyncGenerator<LogRecord, void, undefined> {
  for await (const batch of batches) for (const record of batch) yield record;
}
