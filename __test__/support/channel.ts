/** A pipe from the monitor: raw pieces, and the JSON lines they form. */
import type { Readable } from 'node:stream';
import { until, within } from './wait.js';

/** A line of the sync or attach pipe. */
export type Message = Readonly<Record<string, unknown>>;

export class Channel {
  /** As `read` returned them. */
  readonly pieces: Buffer[] = [];
  readonly #ended: Promise<void>;
  #taken = 0;
  #closed = false;

  constructor(stream: Readable) {
    stream.on('data', (piece: Buffer) => this.pieces.push(piece));
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        this.#closed = true;
        resolve();
      };
      stream.once('end', end);
      stream.once('close', end);
      // A reset by a peer that exited with unread data is an end, too.
      stream.once('error', end);
    });
  }

  /** Everything so far. */
  get text(): string {
    return Buffer.concat(this.pieces).toString('utf8');
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** The next complete line, parsed. */
  async message(): Promise<Message> {
    const line = await until('a line on the pipe', () => {
      const lines = this.text.split('\n');
      if (this.#taken < lines.length - 1) return lines[this.#taken];
      if (this.#closed) throw new Error(`the pipe ended without another line: ${JSON.stringify(this.text)}`);
      return undefined;
    });
    this.#taken += 1;
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed !== 'object' || parsed === null) throw new Error(`not an object: ${line}`);
    return parsed as Message;
  }

  /** Waits for the end, and returns everything. */
  async rest(): Promise<string> {
    await within('the end of the pipe', this.#ended);
    return this.text;
  }
}
