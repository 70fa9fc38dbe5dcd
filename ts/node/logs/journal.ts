/**
 * Reads the log of a container from the journal, by way of `journalctl`: only that knows all forms of journal files. The
 * fields are those that conmon and Docker write.
 */
import type { Ending } from './ending.js';
import type { JournalEntry } from './export-format.js';
import { journalEntries, syncJournal } from './journalctl.js';
import { LineCount } from './line-count.js';
import type { LogRecord } from './record.js';
import type { Selection } from './selection.js';
import type { LogSource } from './source.js';
import { nanosecondsOf, type Time } from './time.js';
import type { Wakeup } from './wakeup.js';

/** A log in the journal. */
export type JournalSource = Extract<LogSource, { readonly kind: 'journald' }>;

/** What is wanted of the log. */
export interface JournalRequest {
  readonly selection: Selection;
  readonly since?: Time | undefined;
  readonly tail?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly follow?: { readonly wakeup: Wakeup; readonly ending: Ending } | undefined;
}

const NEWLINE = 0x0a;
const STDERR_PRIORITY = '3';
const NANOSECONDS_A_SECOND = 1_000_000_000n;
const FIELDS = '--output-fields=MESSAGE,PRIORITY,CONTAINER_PARTIAL_MESSAGE';

/** The records in batches, oldest first. */
export async function* readJournal(
  source: JournalSource,
  request: JournalRequest,
): AsyncGenerator<readonly LogRecord[]> {
  const { tail, follow } = request;
  const reader = new JournalReader(source, request);
  if (follow === undefined) await reader.sync();
  if (tail !== undefined) yield await reader.last(tail);
  if (follow === undefined) {
    if (tail === undefined) yield* reader.rest();
    return;
  }
  yield* reader.following(follow);
  // It may have stopped before the end: the rest is in the journal already, or on its way through journald.
  await reader.sync();
  yield* reader.rest();
}

class JournalReader {
  readonly #request: JournalRequest;
  readonly #args: readonly string[];
  readonly #isElsewhere: boolean;
  /** journalctl accepts no time with a cursor, after which no record is too early. */
  readonly #since: readonly string[];
  /** Of the newest entry that was read. */
  #cursor: string | undefined;

  constructor(source: JournalSource, request: JournalRequest) {
    const { cid, directory, uids = [] } = source;
    const { since } = request;
    const where = directory === undefined ? [] : [`--directory=${directory}`];
    this.#request = request;
    this.#isElsewhere = directory !== undefined;
    this.#since = since === undefined ? [] : [`--since=@${nanosecondsOf(since) / NANOSECONDS_A_SECOND}`];
    // Matches of one field are alternatives, those of several are all required: journalctl(1).
    this.#args = [FIELDS, ...where, `CONTAINER_ID_FULL=${cid}`, ...uids.map((uid) => `_UID=${uid}`)];
  }

  /** Waits until the files have what was sent to journald. Those in a directory may be another machine's. */
  async sync(): Promise<void> {
    const { signal } = this.#request;
    signal?.throwIfAborted();
    if (!this.#isElsewhere) await syncJournal(signal);
    signal?.throwIfAborted();
  }

  /** The records of the last lines. */
  async last(lines: number): Promise<readonly LogRecord[]> {
    const count = new LineCount(lines, this.#request.selection);
    const found: LogRecord[] = [];
    // Without --since, at which journalctl stops: where the clock was set back, there are later records before that time.
    for await (const entry of this.#entries(['--reverse'])) {
      this.#cursor ??= cursorOf(entry);
      const record = recordOf(entry);
      const place = count.next(record);
      if (place === 'before') break;
      if (place === 'wanted') found.push(record);
    }
    return found.toReversed();
  }

  /** What has not been read by now. */
  rest(): AsyncGenerator<readonly LogRecord[]> {
    return this.#forwards([]);
  }

  /** What has not been read, and what is written from now on. */
  async *following({ wakeup, ending }: NonNullable<JournalRequest['follow']>): AsyncGenerator<readonly LogRecord[]> {
    const { signal } = this.#request;
    yield* this.#forwards(['--follow', '--no-tail'], (stop) => {
      const stopAtTheEnd = async (): Promise<void> => {
        for (;;) {
          if (ending.isReached || signal?.aborted === true) return stop();
          await wakeup.wait();
        }
      };
      void stopAtTheEnd();
    });
  }

  async *#forwards(
    args: readonly string[],
    onStart?: (stop: () => void) => void,
  ): AsyncGenerator<readonly LogRecord[]> {
    const from = this.#cursor === undefined ? this.#since : [`--after-cursor=${this.#cursor}`];
    for await (const entry of this.#entries([...args, ...from], onStart)) {
      const record = recordOf(entry);
      this.#cursor = cursorOf(entry);
      if (this.#request.selection(record)) yield [record];
    }
  }

  async *#entries(
    args: readonly string[],
    onStart: (stop: () => void) => void = () => undefined,
  ): AsyncGenerator<JournalEntry> {
    const { signal } = this.#request;
    signal?.throwIfAborted();
    let stop = (): void => undefined;
    const abort = (): void => stop();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      yield* journalEntries([...args, ...this.#args], (stopIt) => {
        stop = stopIt;
        onStart(stopIt);
      });
      signal?.throwIfAborted();
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }
}

function recordOf(entry: JournalEntry): LogRecord {
  const message = entry.get('MESSAGE') ?? Buffer.alloc(0);
  const partial = entry.get('CONTAINER_PARTIAL_MESSAGE')?.toString() === 'true';
  // Docker leaves the newline out, conmon does not.
  const ends = !partial && message.at(-1) === NEWLINE;
  return {
    time: timeOf(entry),
    stream: entry.get('PRIORITY')?.toString() === STDERR_PRIORITY ? 'stderr' : 'stdout',
    partial,
    text: ends ? message.subarray(0, -1) : message,
  };
}

/** Microseconds since 1970, in digits, as RFC 3339. */
function timeOf(entry: JournalEntry): string {
  const microseconds = entry.get('__REALTIME_TIMESTAMP')?.toString() ?? '0';
  const millisecond = new Date(Number(microseconds.slice(0, -3))).toISOString();
  return millisecond.replace('Z', `${microseconds.slice(-3)}Z`);
}

function cursorOf(entry: JournalEntry): string | undefined {
  return entry.get('__CURSOR')?.toString();
}
