/** Writing to the control FIFOs, and reading a log that is one. */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import type { Test } from 'tap';
import { command } from './command.js';

/** Writes as managers do: an open that never blocks, and fails when nobody reads. */
export function writeFifo(path: string, ...pieces: readonly string[]): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  for (const piece of pieces) writeSync(fd, piece);
  closeSync(fd);
}

/** Makes a FIFO. */
export async function makeFifo(path: string): Promise<void> {
  const { code, stderr } = await command(['mkfifo', path]);
  if (code !== 0) throw new Error(stderr);
}

/** A process that has a FIFO open for reading, and takes from it only when it is told to. */
export class FifoReader {
  readonly #fd: number;
  readonly #taken: Buffer[] = [];
  #open = true;

  constructor(t: Test, path: string) {
    this.#fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    t.teardown(() => this.leave());
  }

  /** Takes what is there now, at most so many bytes. */
  read(most = Infinity): void {
    const piece = Buffer.alloc(Math.min(most, 1 << 20));
    for (let left = most; left > 0;) {
      const count = this.#readOnce(piece.subarray(0, Math.min(left, piece.length)));
      if (count === 0) return;
      this.#taken.push(Buffer.from(piece.subarray(0, count)));
      left -= count;
    }
  }

  /** Everything that was taken. */
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
