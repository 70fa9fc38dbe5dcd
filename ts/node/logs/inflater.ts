/**
 * Decompresses gzip data in steps. Everything that a step has decompressed is handed out, also when the next one fails: a stream
 * that is destroyed drops what it holds.
 */
import { createGunzip } from 'node:zlib';

/** Bytes of output at a time. */
const PIECE = 64 * 1024;

export class Inflater {
  readonly #gunzip = createGunzip({ chunkSize: PIECE });
  #out: Buffer[] = [];
  #failure: Error | undefined;
  #isOver = false;
  #proceed: () => void = () => undefined;

  constructor() {
    this.#gunzip.on('data', (piece: Buffer) => this.#out.push(piece));
    this.#gunzip.on('error', (error) => this.#stop(error));
    // Zeros after the data end the stream in the middle of a step, whose callback is then not called.
    this.#gunzip.on('end', () => this.#stop(undefined));
  }

  /** Why no more can be decompressed. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** What the next bytes hold. */
  async feed(bytes: Buffer): Promise<readonly Buffer[]> {
    return this.#step((done) => this.#gunzip.write(bytes, done));
  }

  /** The rest, after the last byte of input. */
  async finish(): Promise<readonly Buffer[]> {
    // Its callback is called before an error is known.
    return this.#step(() => this.#gunzip.end());
  }

  async #step(start: (done: (error?: Error | null) => void) => void): Promise<readonly Buffer[]> {
    if (!this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#proceed = resolve;
        start((error) => {
          if (error) this.#stop(error);
          resolve();
        });
      });
    }
    const out = this.#out;
    this.#out = [];
    return out;
  }

  #stop(failure: Error | undefined): void {
    this.#failure ??= failure;
    this.#isOver = true;
    this.#proceed();
  }
}
