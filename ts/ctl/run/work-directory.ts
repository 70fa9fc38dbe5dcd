/**
 * The private directory of one run: everything that conmonctl, the monitor and the runtime write is below it.
 */
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CtlError, reasonOf } from '../error.js';

export interface WorkDirectory {
  readonly path: string;
  /** The runtime's state (`--root`). */
  readonly runtimeRoot: string;
}

/** Mode 0700 and a name that cannot be predicted: mkdtemp(3). */
export async function makeWorkDirectory(): Promise<WorkDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'conmonctl-')).catch((cause: unknown) => {
    const advice = 'TMPDIR names another place.';
    throw new CtlError(`cannot make a directory in ${tmpdir()}: ${reasonOf(cause)}`, { advice, cause });
  });
  const runtimeRoot = join(path, 'runtime');
  await mkdir(runtimeRoot, { mode: 0o700 });
  return { path, runtimeRoot };
}
