/** Writes to the control FIFOs, and reads a log that is a FIFO. */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import type { Test } from 'tap';
import { command } from './command.js';

/** Writes like managers: the open never blocks, and fails without a reader. */
export function writeFifo(path: string, ...pieces: readonly string[]): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  for (const piece of pieces) writeSync(fd, piece);
  closeSync(fd);
}

/** Creates a FIFO. */
export async function makeFifo(path: string): Promise<void> {
  const { code, stderr } = await command(['mkfifo', path]);
  if (code !== 0) throw new Error(stderr);
}

/** An open reader of a FIFO that reads only on request. */
export class FifoReader {
  readonly #fd: number;
  readonly #taken: Buffer[] = [];
  #open = true;

  constructor(t: Test, path: string) {
    this.#fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    t.teardown(() => this.leave());
  }

  /** Reads what is available now, at most `most` bytes. */
  read(most = Infinity): void {
    const piece = Buffer.alloc(Math.min(most, 1 << 20));
    for (let left = most; left > 0;) {
      const count = this.#readOnce(piece.subarray(0, Math.min(left, piece.length)));
      if (count === 0) return;
      this.#taken.push(Buffer.from(piece.subarray(0, count)));
      left -= count;
    }
  }

  /** Everything read so far. */
  get content(): Buffer {
    return Buffer.concat(this.#taken);
  }

  leave(): void {
    if (this.#open) closeSync(this.#fd);
    this.#open = false;
  }

  #readOnce(into: Buffer): number {
    try {
      return readSync(this.#fd, into);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 0;
      throw error;
    }
  }
}
