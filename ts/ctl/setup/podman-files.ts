/**
 * The files of containers.conf(5) in the order in which Podman reads them: a later one wins.
 *
 * Up to Podman 5 all main files are read, and each is followed by its directory of drop-ins. Podman 6 reads the last main file only,
 * has more directories, reads those of the user for root as well, and sorts the drop-ins of all directories by their names; of
 * those with the same name only the last is read: containers-config(5).
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { dropInsOf } from './toml-file.js';

export interface PodmanReader {
  readonly env: NodeJS.ProcessEnv;
  readonly uid: number;
  /** Major version of Podman; undefined counts as 5. */
  readonly major: number | undefined;
}

/** What is asked of the file system. */
export interface Places {
  exists(path: string): boolean;
  /** The `.conf` files of a directory by name. */
  dropIns(directory: string): readonly string[];
}

const REAL: Places = { exists: existsSync, dropIns: dropInsOf };
const SHARED = '/usr/share/containers';
/** Where administrators configure Podman. */
export const SYSTEM = '/etc/containers';
const MAIN = 'containers.conf';
const SORTED_SINCE = 6;

/** The existing files, with those that the environment names. */
export function podmanFiles(reader: PodmanReader, places: Places = REAL): readonly string[] {
  const { CONTAINERS_CONF: only, CONTAINERS_CONF_OVERRIDE: last } = reader.env;
  const configured = only
    ? [only]
    : (reader.major ?? 0) >= SORTED_SINCE
      ? sorted(reader, places)
      : inTurn(reader, places);
  return last ? [...configured, last] : configured;
}

/** Where a user configures Podman; undefined if the environment does not say. */
export function userDirectory({ XDG_CONFIG_HOME: config, HOME: home }: NodeJS.ProcessEnv): string | undefined {
  if (config) return join(config, 'containers');
  return home ? join(home, '.config', 'containers') : undefined;
}

function inTurn({ env, uid }: PodmanReader, { exists, dropIns }: Places): readonly string[] {
  const directories = [SHARED, SYSTEM, ...(uid === 0 ? [] : own(env))];
  return directories.flatMap((directory) => [
    ...[join(directory, MAIN)].filter(exists),
    ...(directory === SHARED ? [] : dropIns(join(directory, `${MAIN}.d`))),
  ]);
}

function sorted({ env, uid }: PodmanReader, { exists, dropIns }: Places): readonly string[] {
  const main = [...own(env), SYSTEM, SHARED].map((directory) => join(directory, MAIN)).find(exists);
  const special =
    uid === 0 ? ['containers.rootful.conf.d'] : ['containers.rootless.conf.d', `containers.rootless.conf.d/${uid}`];
  const directories = [
    ...[SHARED, SYSTEM].flatMap((directory) => [`${MAIN}.d`, ...special].map((name) => join(directory, name))),
    ...own(env).map((directory) => join(directory, `${MAIN}.d`)),
  ];
  const byName = new Map(directories.flatMap(dropIns).map((path) => [basename(path), path]));
  const names = [...byName.keys()].toSorted();
  return [...(main === undefined ? [] : [main]), ...names.map((name) => byName.get(name) ?? name)];
}

function own(env: NodeJS.ProcessEnv): readonly string[] {
  const directory = userDirectory(env);
  return directory === undefined ? [] : [directory];
}
