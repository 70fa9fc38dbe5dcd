/** Finds the native executable. */
import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';
import { packageFolder } from './package-folder.js';

/** Names another executable. */
const OVERRIDE = 'CONMON_BINARY';

/** There is no executable where it should be. The message says where, and what to do. */
export class ExecutableNotFound extends Error {
  override readonly name = 'ExecutableNotFound';
}

/**
 * Absolute path of the executable: what `CONMON_BINARY` names, else the one of this package.
 *
 * @throws {@link ExecutableNotFound}
 */
export function executable(env: (name: string) => string | undefined): string {
  const named = env(OVERRIDE);
  const path = named ? resolve(named) : join(packageFolder(), 'dist', 'native', 'conmon');
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch (cause) {
    const advice = named ? `${OVERRIDE} names it` : `make it with \`npm run build\`, or name another with ${OVERRIDE}`;
    throw new ExecutableNotFound(`there is no executable ${path}: ${advice}`, { cause });
  }
}
