/**
 * A pipe on which the monitor reports, seen from the manager: lines of JSON. EOF means that the monitor has nothing more to
 * report, because it has reported the exit or because it is gone.
 */
import type { Readable } from 'node:stream';
import { attempt } from '../attempt.js';
import { MonitorError } from '../errors.js';

/** `{"data": N}`; after a failure N is negative and the message says why. */
export interface Report {
  readonly data: number;
  readonly message: string | undefined;
  /** As it came, without its newline. */
  readonly line: string;
}

/** No monitor writes more in one line. */
const LONGEST = 1 << 16;

export class ReportPipe {
  readonly #lines: string[] = [];
  readonly #ended: Promise<void>;
  #text = '';
  #isOver = false;
  #arrived: () => void = () => undefined;

  constructor(pipe: Readable) {
    pipe.on('data', (piece: Buffer) => this.#take(piece));
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        this.#isOver = true;
        this.#arrived();
        resolve();
      };
      // A reset, by a monitor that was killed, is an end as well; `close` follows each of them.
      pipe.on('error', () => undefined).on('close', end);
    });
  }

  /** The next report; undefined after the last. One caller may wait at a time. */
  async next(): Promise<Report | undefined> {
    while (this.#lines.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => (this.#arrived = resolve));
    }
    const line = this.#lines.shift();
    return line === undefined ? undefined : parseReport(line);
  }

  /** Fulfilled after the last report. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  #take(piece: Buffer): void {
    const lines = (this.#text + piece.toString('utf8')).split('\n');
    this.#text = (lines.pop() ?? '').slice(0, LONGEST);
    this.#lines.push(...lines);
    this.#arrived();
  }
}

/** @throws {@link MonitorError} for a malformed report */
function parseReport(line: string): Report {
  const value: unknown = attempt(() => JSON.parse(line));
  if (typeof value === 'object' && value !== null && 'data' in value && typeof value.data === 'number') {
    return {
      line,
      data: value.data,
      message: 'message' in value && typeof value.message === 'string' ? value.message : undefined,
    };
  }
  throw new MonitorError(`malformed report of a monitor: ${JSON.stringify(line)}`);
}
