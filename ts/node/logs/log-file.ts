/** An open file of a log. */
import { type BigIntStats, closeSync, constants, fstatSync, openSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { encode } from '../bytes.js';
import { isErrno } from './errno.js';
import { LogError } from './errors.js';

const readAt = promisify(read);

export class LogFile {
  /** The name it was opened by; rotation may have given it another one since. */
  readonly path: string;
  readonly compressed: boolean;
  readonly fd: number;
  readonly #device: bigint;
  readonly #inode: bigint;
  #reads = 0;
  #open = true;

  private constructor(path: string, compressed: boolean, fd: number, { dev, ino }: BigIntStats) {
    this.path = path;
    this.compressed = compressed;
    this.fd = fd;
    this.#device = dev;
    this.#inode = ino;
  }

  /**
   * Undefined when there is no such file. Synchronous, so that all files of a log are opened before rotation is much
   * further.
   */
  static open(path: string, compressed: boolean): LogFile | undefined {
    const fd = openIfThere(path);
    if (fd === undefined) return undefined;
    const found = fstatSync(fd, { bigint: true });
    if (found.isFile()) return new LogFile(path, compressed, fd, found);
    closeSync(fd);
    throw new LogError(`cannot read the log ${path}: it is not a regular file`);
  }

  /** Whether the facts are those of this file, whatever its name is. */
  is({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): boolean {
    return dev === this.#device && ino === this.#inode;
  }

  isSame(other: LogFile): boolean {
    return other.is({ dev: this.#device, ino: this.#inode });
  }

  /** Reads up to `length` bytes from a place on; fewer at the end only. The buffer is new. */
  async read(position: number, length: number): Promise<Buffer> {
    this.#reads += 1;
    try {
      const buffer = Buffer.allocUnsafeSlow(length);
      let filled = 0;
      while (filled < length && this.#open) {
        const { bytesRead } = await readAt(this.fd, buffer, filled, length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    } catch (cause) {
      throw new LogError(`cannot read the log ${this.path}: ${String(cause)}`, { cause });
    } finally {
      this.#reads -= 1;
      if (!this.#open) this.#closeUnlessRead();
    }
  }

  /** Bytes in it by now. */
  size(): number {
    return fstatSync(this.fd).size;
  }

  /** When it was last written to, in nanoseconds since 1970. */
  modified(): bigint {
    return fstatSync(this.fd, { bigint: true }).mtimeNs;
  }

  /** May be called again. Waits for a read that goes on: the number of a descriptor is soon another file's. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#closeUnlessRead();
  }

  #closeUnlessRead(): void {
    if (this.#reads === 0) closeSync(this.fd);
  }
}

/** Without `O_NONBLOCK` a FIFO in its place would hold us up for ever. */
function openIfThere(path: string): number | undefined {
  try {
    return openSync(encode(path), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return undefined;
    throw new LogError(`cannot open the log ${path}: ${String(cause)}`, { cause });
  }
}
