/**
 * Combines records into large writes. If both streams lead to the same place, or to terminals, they keep the order of the log.
 */
import type { LogRecord, LogStream } from '../../node/logs/record.js';
import { areSame } from '../standard-stream.js';

/** One write. */
export interface Piece {
  readonly stream: LogStream;
  readonly bytes: Uint8Array;
}

/** `one`: both streams are the same place; `ordered`: the order of writes can be seen; `apart`: it cannot, or not reliably. */
export type Layout = 'one' | 'ordered' | 'apart';

/** Bytes that are collected for one write. */
const PIECE = 256 * 1024;
/** In batches of up to this many records the order costs little, so they always keep it: the last lines, and those that are followed. */
const FEW = 256;

/** The layout of our own streams. */
export function ownLayout(): Layout {
  if (areSame()) return 'one';
  return process.stdout.isTTY && process.stderr.isTTY ? 'ordered' : 'apart';
}

export class Pieces {
  readonly #layout: Layout;
  readonly #parts: Readonly<Record<LogStream, Uint8Array[]>> = { stdout: [], stderr: [] };
  readonly #bytes = { stdout: 0, stderr: 0 };

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** The writes for a batch of records; `textOf` returns what is printed of each. */
  *of(
    batch: readonly LogRecord[],
    textOf: (record: LogRecord) => { readonly stream: LogStream; readonly parts: readonly Uint8Array[] },
  ): Generator<Piece> {
    const isOrdered = this.#layout === 'ordered' || batch.length <= FEW;
    for (const record of batch) {
      const { stream: wanted, parts } = textOf(record);
      const stream = this.#layout === 'one' ? 'stdout' : wanted;
      if (isOrdered) yield* this.#collected(stream === 'stdout' ? 'stderr' : 'stdout');
      for (const part of parts) {
        this.#parts[stream].push(part);
        this.#bytes[stream] += part.length;
      }
      if (this.#bytes[stream] >= PIECE) yield* this.#collected(stream);
    }
    yield* this.#collected('stdout');
    yield* this.#collected('stderr');
  }

  *#collected(stream: LogStream): Generator<Piece> {
    const bytes = this.#bytes[stream];
    if (bytes === 0) return;
    const parts = this.#parts[stream].splice(0);
    this.#bytes[stream] = 0;
    yield { stream, bytes: Buffer.concat(parts, bytes) };
  }
}
