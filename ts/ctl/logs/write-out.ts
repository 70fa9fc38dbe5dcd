/**
 * Writes large amounts to a stream, at the pace of its reader. That the reader has gone is not an error.
 */
import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Bytes that are collected for one write. */
const PIECE = 256 * 1024;

export class Out {
  /** Fulfilled when the reader has gone (`conmonctl logs … | head`). */
  readonly closed: Promise<void>;
  readonly #stream: Writable;
  #parts: Uint8Array[] = [];
  #length = 0;
  #isClosed = false;

  constructor(stream: Writable) {
    this.#stream = stream;
    this.closed = new Promise((resolve) => {
      stream.on('error', () => {
        this.#isClosed = true;
        resolve();
      });
    });
  }

  add(parts: readonly Uint8Array[]): void {
    for (const part of parts) {
      this.#parts.push(part);
      this.#length += part.length;
    }
  }

  /** Whether it is time to {@link flush}. */
  get isFull(): boolean {
    return this.#length >= PIECE;
  }

  /** Resolves when the stream is ready for more. */
  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.#parts, this.#length);
    this.#parts = [];
    this.#length = 0;
    if (bytes.length === 0 || this.#isClosed || this.#stream.write(bytes)) return;
    await Promise.race([once(this.#stream, 'drain').catch(() => undefined), this.closed]);
  }
}
