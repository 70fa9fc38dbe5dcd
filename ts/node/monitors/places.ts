/** Where the files of a monitor are, for us: it may live in another mount namespace, as those of rootless Podman do. */
import { join, resolve } from 'node:path';
import { decode } from '../bytes.js';
import { targetOf } from './process.js';

export class Places {
  readonly #root: string;
  /** Whether we know in which mount namespace it lives; else the files at its paths may be others. */
  readonly isCertain: boolean;
  /** Working directory of the monitor, as it sees it. */
  readonly cwd: string;

  private constructor(root: string, cwd: string, isCertain: boolean) {
    this.#root = root;
    this.isCertain = isCertain;
    this.cwd = cwd;
  }

  static async of(pid: number): Promise<Places> {
    const [ours, theirs, cwd] = await Promise.all(
      ['/proc/self/ns/mnt', `/proc/${pid}/ns/mnt`, `/proc/${pid}/cwd`].map(targetOf),
    );
    const same = ours === undefined || theirs === undefined || ours.equals(theirs);
    return new Places(same ? '' : `/proc/${pid}/root`, cwd === undefined ? '/' : decode(cwd), theirs !== undefined);
  }

  /** The path from here of what has this path there. */
  here(path: string): string {
    const absolute = resolve(this.cwd, path);
    return this.#root === '' ? absolute : join(this.#root, absolute);
  }
}
