/**
 * A file of our own in a manager's configuration folder: known by its first line, replaced as a whole, and removed only if
 * it is ours.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify, type TomlTable } from 'smol-toml';
import { CtlError, messageOf } from '../error.js';

/** Its name: managers read such folders in alphabetical order, and what comes later wins. */
export const DROP_IN = '50-conmon-node.conf';

const FIRST_LINE = '# Written by conmonctl setup';

/** The text of such a file. `undo` is the command that removes it. */
export function dropInText(undo: string, settings: TomlTable): string {
  return `${FIRST_LINE}; ${undo} removes it.\n\n${stringify(settings).trimEnd()}\n`;
}

/** What is in the file; undefined without one. Throws a {@link CtlError} if somebody else has written it. */
export async function readDropIn(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw new CtlError(`cannot read ${path}: ${messageOf(error)}`, { cause: error });
  });
  if (text === undefined || text.startsWith(FIRST_LINE)) return text;
  throw new CtlError(`${path} is not of conmonctl`, { advice: 'Move it away, or keep it and change it by hand.' });
}

/** Puts it in place at once and whole, readable for everybody; makes the folder if there is none. */
export async function writeDropIn(path: string, text: string): Promise<void> {
  // No manager reads a file that does not end in .conf.
  const temporary = join(dirname(path), `.${randomBytes(8).toString('hex')}.tmp`);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    const file = await open(temporary, 'wx', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new CtlError(`cannot write ${path}: ${messageOf(cause)}`, { cause, ...adviceFor(cause) });
  }
}

/** Removes it; the folder stays. */
export async function removeDropIn(path: string): Promise<void> {
  await rm(path, { force: true }).catch((cause: unknown) => {
    throw new CtlError(`cannot remove ${path}: ${messageOf(cause)}`, { cause, ...adviceFor(cause) });
  });
}

function adviceFor(error: unknown): { advice?: string } {
  return hasCode(error, 'EACCES') || hasCode(error, 'EPERM') ? { advice: 'It takes root: sudo conmonctl setup …' } : {};
}

function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR');
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
