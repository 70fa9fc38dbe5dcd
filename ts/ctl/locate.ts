/**
 * Finds the programs that conmonctl starts.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isExecutable } from '../node/native/find-program.js';
import { findNative } from '../node/native/native-file.js';
import { CtlError } from './error.js';

/** The monitor: what is given, else `CONMON_BINARY`, else the executable of this package. Absolute. */
export function conmonPath(given: string | undefined, env: NodeJS.ProcessEnv): string {
  const named = given ?? env['CONMON_BINARY'];
  const found = named === undefined ? findNative('conmon') : { path: resolve(named) };
  if ('missing' in found) {
    const { what, advice } = found.missing;
    throw new CtlError(what, { advice: `${advice}.\n--conmon PATH or CONMON_BINARY names another.` });
  }
  if (isExecutable(found.path)) return found.path;
  const advice = named === undefined ? 'Install it again.' : 'It was named with --conmon or CONMON_BINARY.';
  throw new CtlError(
    existsSync(found.path)
      ? `cannot execute ${found.path}: permission denied`
      : `the executable ${found.path} does not exist`,
    { advice },
  );
}
