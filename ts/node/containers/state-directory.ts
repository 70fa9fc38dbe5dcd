/** The directory in which the monitor leaves its files for the manager. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface StateDirectory {
  readonly path: string;
  readonly pidfile: string;
  readonly monitorPidfile: string;
  readonly exits: string;
  readonly persist: string;
  readonly log: string;
  /** Removes it, unless it was given. */
  readonly remove: () => Promise<void>;
}

/** A directory that is given, or a new one with mode 0700 and a name that cannot be predicted: mkdtemp(3). */
export async function stateDirectory(given: string | undefined): Promise<StateDirectory> {
  const path = given === undefined ? await mkdtemp(join(tmpdir(), 'conmon-node-')) : resolve(given);
  const state = {
    path,
    pidfile: join(path, 'pidfile'),
    monitorPidfile: join(path, 'conmon.pid'),
    exits: join(path, 'exits'),
    persist: join(path, 'persist'),
    log: join(path, 'ctr.log'),
    remove: async () => {
      if (given === undefined) await rm(path, { recursive: true, force: true });
    },
  };
  for (const directory of [state.exits, state.persist]) await mkdir(directory, { recursive: true, mode: 0o700 });
  return state;
}
