/** Finds programs. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Absolute path of a program in PATH, or in the directories of administrators. */
export function findProgram(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const directories = [...(env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  return directories
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => join(directory, name))
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
