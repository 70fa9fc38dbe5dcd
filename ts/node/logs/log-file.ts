/** An open file of a log. */
import { type BigIntStats, closeSync, fstatSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { type OpenFile, openRegular, OtherOwner, UnexpectedFile } from '../foreign/open-regular.js';
import { isErrno } from '../errno.js';
import { reasonOf } from '../reason.js';
import { LogError } from './errors.js';

const readAt = promisify(read);

/** What is at the path is not a regular file. */
export class NotALog extends LogError {}

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
   * Undefined if the file does not exist. Synchronous, so that all files of a log are opened before rotation gets much
   * further.
   *
   * @param owner the user to whom it must belong
   * @throws {@link NotALog}, {@link LogError}
   */
  static open(path: string, compressed: boolean, owner?: number): LogFile | undefined {
    const opened = openIfThere(path, owner);
    return opened && new LogFile(path, compressed, opened.fd, opened.facts);
  }

  /** Whether the facts are those of this file, whatever its name is. */
  is({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): boolean {
    return dev === this.#device && ino === this.#inode;
  }

  /** The same for all names of one file. */
  get identity(): string {
    return `${this.#device}:${this.#inode}`;
  }

  isSame(other: LogFile): boolean {
    return other.is({ dev: this.#device, ino: this.#inode });
  }

  /** Reads up to `length` bytes from an offset on; fewer at the end only. The buffer is new. */
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
      throw new LogError(`cannot read the log ${this.path}: ${reasonOf(cause)}`, { cause });
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

  /** May be called again. Waits for a pending read: closing early would let the descriptor number be reused. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#closeUnlessRead();
  }

  #closeUnlessRead(): void {
    if (this.#reads === 0) closeSync(this.fd);
  }
}

function openIfThere(path: string, owner: number | undefined): OpenFile | undefined {
  try {
    return openRegular(path, owner);
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return undefined;
    if (cause instanceof OtherOwner) throw new LogError(`cannot read the log ${path}: ${cause.message}`, { cause });
    if (cause instanceof UnexpectedFile) throw new NotALog(`cannot read the log ${path}: ${cause.message}`, { cause });
    throw new LogError(`cannot open the log ${path}: ${reasonOf(cause)}`, { cause });
  }
}
