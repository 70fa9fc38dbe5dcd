/** Where monitors leave their records: the run-time directories of Podman and CRI-O, and the directories of our own containers. */
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { namesIn } from '../../node/attempt.js';
import { directories } from '../../node/containers/records.js';
import { RESCUE_SUFFIX } from '../../planner/bundle-files.js';
import { CtlError, reasonOf } from '../error.js';
import { runRootOf } from '../logs/ended/stores.js';

/** One directory for each storage driver: `overlay-containers`. */
const OF_DRIVER = '-containers';
const USERDATA = 'userdata';

/** The files that may be records, of all places that are known. */
export function recordPaths(uid: number, env: NodeJS.ProcessEnv = process.env): readonly string[] {
  const root = runRootOf(uid, env);
  const userdata = namesIn(root)
    .filter((name) => name.endsWith(OF_DRIVER))
    .flatMap((driver) => namesIn(join(root, driver)).map((id) => join(root, driver, id, USERDATA)));
  return [...userdata, ...directories()].flatMap(recordsIn);
}

/** Those that a path names: the record itself, or the directory that it is in. Throws a {@link CtlError}. */
export function recordsAt(path: string): readonly string[] {
  const absolute = resolve(path);
  try {
    return statSync(absolute).isDirectory() ? recordsIn(absolute) : [absolute];
  } catch (cause) {
    throw new CtlError(`cannot read ${absolute}: ${reasonOf(cause)}`, { cause });
  }
}

function recordsIn(directory: string): readonly string[] {
  return namesIn(directory)
    .filter((name) => name.endsWith(RESCUE_SUFFIX))
    .map((name) => join(directory, name));
}
