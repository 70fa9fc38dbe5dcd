/** The directory of one container: what its monitor leaves for the manager, the monitor's bundle, and our record of it. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface StateDirectory {
  readonly path: string;
  readonly pidfile: string;
  readonly monitorPidfile: string;
  readonly exits: string;
  readonly persist: string;
  readonly log: string;
  /** The monitor's bundle, with the attach socket and the FIFOs. */
  readonly bundle: string;
  /** See {@link ContainerRecord}. */
  readonly record: string;
  /** It was made for the container, and is removed with it. */
  readonly isOurs: boolean;
  /** Removes it; of a directory that was given, only what is of no use to the caller. */
  readonly remove: () => Promise<void>;
}

/** Prefixes of the directories that are created below the temporary one. */
export const DIRECTORY_PREFIX = 'conmon-node-';
/** The monitors' bundles: of the container, and of each exec session. */
const BUNDLE = 'monitor';
export const EXEC_PREFIX = 'exec-';

/** A directory that is given, or a new one with mode 0700 and a name that cannot be predicted: mkdtemp(3). */
export async function makeStateDirectory(given: string | undefined, isOurs: boolean): Promise<StateDirectory> {
  const path = given === undefined ? await mkdtemp(join(tmpdir(), DIRECTORY_PREFIX)) : resolve(given);
  const state = stateDirectoryAt(path, isOurs);
  for (const directory of [state.exits, state.persist]) await mkdir(directory, { recursive: true, mode: 0o700 });
  return state;
}

/** One that exists. */
export function stateDirectoryAt(path: string, isOurs: boolean): StateDirectory {
  const state = {
    path,
    pidfile: join(path, 'pidfile'),
    monitorPidfile: join(path, 'conmon.pid'),
    exits: join(path, 'exits'),
    persist: join(path, 'persist'),
    log: join(path, 'ctr.log'),
    bundle: join(path, BUNDLE),
    record: join(path, 'container.json'),
    isOurs,
  };
  return { ...state, remove: () => (isOurs ? removeAll(path) : removeOurs(state)) };
}

async function removeOurs({ path, bundle, record }: Pick<StateDirectory, 'path' | 'bundle' | 'record'>): Promise<void> {
  const names = await readdir(path).catch(() => []);
  const sessions = names.filter((name) => name.startsWith(EXEC_PREFIX)).map((name) => join(path, name));
  for (const each of [...sessions, bundle, record]) await removeAll(each);
}

/** A monitor that is about to end may still create or remove a file. */
async function removeAll(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5 });
}
