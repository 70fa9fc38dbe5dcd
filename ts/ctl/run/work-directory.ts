/**
 * The private directory of one run: everything that conmonctl, the monitor and the runtime write is below it.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CtlError } from '../error.js';

export interface WorkDirectory {
  readonly path: string;
  readonly pidfile: string;
  readonly monitorPidfile: string;
  readonly exitDirectory: string;
  readonly persistDirectory: string;
  /** The runtime's state (`--root`). */
  readonly runtimeRoot: string;
  readonly log: string;
}

/** Mode 0700 and a name that cannot be foreseen: mkdtemp(3). */
export async function makeWorkDirectory(): Promise<WorkDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'conmonctl-')).catch((cause: unknown) => {
    const advice = 'TMPDIR names another place.';
    throw new CtlError(`cannot make a directory in ${tmpdir()}: ${String(cause)}`, { advice, cause });
  });
  const directory = {
    path,
    pidfile: join(path, 'pidfile'),
    monitorPidfile: join(path, 'conmon.pid'),
    exitDirectory: join(path, 'exits'),
    persistDirectory: join(path, 'persist'),
    runtimeRoot: join(path, 'runtime'),
    log: join(path, 'ctr.log'),
  };
  for (const below of [directory.exitDirectory, directory.persistDirectory, directory.runtimeRoot]) {
    await mkdir(below, { mode: 0o700 });
  }
  return directory;
}

/** Removes it with all that is in it. */
export async function removeWorkDirectory(directory: WorkDirectory): Promise<void> {
  await rm(directory.path, { recursive: true, force: true });
}
