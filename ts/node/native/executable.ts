/** Finds the native executable. */
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { InstallationError } from './installation-error.js';
import { findNative } from './native-file.js';
import { packageDirectory } from './package-directory.js';

/** Names another executable. */
const OVERRIDE = 'CONMON_BINARY';
const NOT_FOUND = 'ERR_CONMON_EXECUTABLE_NOT_FOUND';
const LAUNCHERS = ['conmon', 'conmon-node'];

/**
 * Absolute path of the executable: what `CONMON_BINARY` names, else the one of this package.
 *
 * @throws {@link InstallationError}
 */
export function executable(env: (name: string) => string | undefined): string {
  const named = env(OVERRIDE);
  if (named && !isLauncher(named)) return checked(resolve(named), `${OVERRIDE} names it`);
  const found = findNative('conmon');
  if ('path' in found) return checked(found.path, 'its execute permission is missing: install it again');
  const { what, advice } = found.missing;
  throw new InstallationError(NOT_FOUND, `${what}: ${advice}, or name an executable with ${OVERRIDE}`);
}

/** Whether it is one of the commands that search for the executable: they would execute each other indefinitely. */
function isLauncher(path: string): boolean {
  const file = identity(path);
  return file !== undefined && LAUNCHERS.some((name) => identity(`${packageDirectory()}/bin/${name}`) === file);
}

function identity(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found && `${found.dev}:${found.ino}`;
}

function checked(path: string, advice: string): string {
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch (cause) {
    throw new InstallationError(NOT_FOUND, `cannot execute the monitor ${path}: ${advice}`, { cause });
  }
}
