/**
 * Finds the programs that conmonctl starts.
 */
import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';
import { packageFolder } from '../node/package-folder.js';
import { CtlError } from './error.js';

/** The monitor: what is given, else `CONMON_BINARY`, else the executable of this package. Absolute. */
export function conmonPath(given: string | undefined, env: NodeJS.ProcessEnv): string {
  const named = given ?? env['CONMON_BINARY'];
  const path = named === undefined ? join(packageFolder(), 'dist', 'native', 'conmon') : resolve(named);
  if (isExecutable(path)) return path;
  const advice =
    named === undefined
      ? 'npm run build makes it; --conmon PATH or CONMON_BINARY names another.'
      : 'It was named with --conmon or CONMON_BINARY.';
  throw new CtlError(`there is no executable ${path}`, { advice });
}

/** The runtime of this package, which does not isolate. Undefined when it has not been built. */
export function miniruntimePath(): string | undefined {
  const path = join(packageFolder(), 'dist', 'native', 'miniruntime');
  return isExecutable(path) ? path : undefined;
}

/** Absolute path of a program in PATH, where an administrator's folders count as well. */
export function findProgram(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = [...(env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** Whether we may execute it. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
