/** Turns the records of a log into writes: the container's streams go to ours of the same name, JSON goes to stdout. */
import type { LogRecord, LogStream } from '../../node/logs/record.js';
import { type Layout, type Piece, Pieces } from './pieces.js';
import { recordJson, RecordText } from './record-text.js';

/** What records are printed as. */
export interface PrintOptions {
  readonly timestamps?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export class Printer {
  readonly #pieces: Pieces;
  readonly #textOf: (record: LogRecord) => { readonly stream: LogStream; readonly parts: readonly Uint8Array[] };
  #isEmpty = true;

  constructor({ json, timestamps }: PrintOptions, layout: Layout) {
    const text = new RecordText(timestamps === true);
    this.#pieces = new Pieces(layout);
    this.#textOf =
      json === true
        ? (record) => ({ stream: 'stdout', parts: [Buffer.from(recordJson(record))] })
        : (record) => ({ stream: record.stream, parts: text.of(record) });
  }

  /** Whether nothing was printed. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** The writes for the records. */
  async *pieces(batches: AsyncIterable<readonly LogRecord[]>): AsyncGenerator<Piece> {
    // Only if the records do not go to the terminal themselves. The library for it is loaded on demand.
    const progress = process.stderr.isTTY && !process.stdout.isTTY ? await startProgress() : undefined;
    try {
      for await (const batch of batches) {
        if (batch.length > 0) this.#isEmpty = false;
        yield* this.#pieces.of(batch, this.#textOf);
        progress?.add(
          batch.length,
          batch.reduce((sum, { text }) => sum + text.length, 0),
        );
      }
    } finally {
      progress?.end();
    }
  }
}

async function startProgress() {
  const { Progress } = await import('./progress.js');
  return new Progress();
}
