/**
 * Reads a growing file line by line: inotify (through `fs.watch`) says when there is more.
 *
 * It does not follow a file that is renamed away: the log in conmonctl's private directory has no size limit.
 */
import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

const NEWLINE = 0x0a;
const CHUNK = 64 * 1024;

export class LogFollower {
  readonly #file: FileHandle;
  readonly #onLine: (line: Buffer) => void;
  readonly #watcher: FSWatcher;
  #rest: Buffer = Buffer.alloc(0);
  /** The reading that goes on; a new one begins when it has ended. */
  #reading: Promise<void> = Promise.resolve();
  #waiting = false;

  private constructor(file: FileHandle, path: string, onLine: (line: Buffer) => void) {
    this.#file = file;
    this.#onLine = onLine;
    this.#watcher = watch(path, () => this.#readSoon());
    this.#readSoon();
  }

  /** Begins at the start of the file, which must exist. `onLine` gets each line without its newline. */
  static async open(path: string, onLine: (line: Buffer) => void): Promise<LogFollower> {
    return new LogFollower(await open(path, 'r'), path, onLine);
  }

  /** To be called when nothing more is written: hands on what is left, a torn last line too. Rejects if reading failed. */
  async finish(): Promise<void> {
    this.#watcher.close();
    this.#readSoon();
    try {
      await this.#reading;
      if (this.#rest.length > 0) this.#onLine(this.#rest);
    } finally {
      await this.#file.close();
    }
  }

  /** Many events, one reading: it goes to the end of the file anyway. */
  #readSoon(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#reading = this.#reading.then(() => this.#readToEnd());
    // Somebody waits for it only in finish(), which may come much later than the failure.
    this.#reading.catch(() => undefined);
  }

  async #readToEnd(): Promise<void> {
    this.#waiting = false;
    for (;;) {
      const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, null);
      if (bytesRead === 0) return;
      this.#take(buffer.subarray(0, bytesRead));
    }
  }

  #take(chunk: Buffer): void {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
      this.#onLine(data.subarray(start, end));
      start = end + 1;
    }
    this.#rest = data.subarray(start);
  }
}
