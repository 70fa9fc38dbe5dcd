/**
 * Replaces a file atomically: a reader finds the old or the new one.
 */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf } from '../node/errno.js';
import { CtlError, reasonOf } from './error.js';

/** Throws a {@link CtlError}. The temporary file beside it begins with a dot and ends in `.tmp`. */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const temporary = join(dirname(path), `.${randomBytes(8).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      // The mode is what the file needs, whatever the caller's umask is.
      await file.chmod(mode);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new CtlError(`cannot write ${path}: ${reasonOf(cause)}`, { cause, ...permissionAdvice(cause) });
  }
}

/** What to do when something could not be written or removed. */
export function permissionAdvice(error: unknown): { advice?: string } {
  const code = errnoOf(error);
  return code === 'EACCES' || code === 'EPERM' ? { advice: 'Root is needed: sudo conmonctl …' } : {};
}
