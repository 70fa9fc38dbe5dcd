/** Where the files of a monitor are, for us: it may live in another mount namespace, as those of rootless Podman do. */
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { decode, encode } from '../bytes.js';
import { targetOf } from './process.js';

export class Places {
  readonly #root: string;
  /** Working directory of the monitor, as it sees it. */
  readonly cwd: string;

  private constructor(root: string, cwd: string) {
    this.#root = root;
    this.cwd = cwd;
  }

  static async of(pid: number): Promise<Places> {
    const [ours, theirs, cwd] = await Promise.all(
      ['/proc/self/ns/mnt', `/proc/${pid}/ns/mnt`, `/proc/${pid}/cwd`].map(targetOf),
    );
    const same = ours === undefined || theirs === undefined || ours.equals(theirs);
    return new Places(same ? '' : `/proc/${pid}/root`, cwd === undefined ? '/' : decode(cwd));
  }

  /** The path from here of what has this path there. */
  here(path: string): string {
    const absolute = resolve(this.cwd, path);
    return this.#root === '' ? absolute : join(this.#root, absolute);
  }
}

/** Bytes in a regular file. */
export async function bytesIn(path: string): Promise<number | undefined> {
  const found = await stat(encode(path)).catch(() => undefined);
  return found?.isFile() === true ? found.size : undefined;
}

/** More than any pid has. */
const LONGEST_PID = 32;

/** The number that stands in a file, alone. Nothing else that could be in its place holds us up. */
export async function numberIn(path: string): Promise<number | undefined> {
  const file = await open(encode(path), constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  try {
    const read = await file?.read(Buffer.alloc(LONGEST_PID), 0, LONGEST_PID, 0);
    const text = read?.buffer.toString('latin1', 0, read.bytesRead) ?? '';
    return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  } finally {
    await file?.close();
  }
}
