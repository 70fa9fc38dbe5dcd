/**
 * Our file in a manager's configuration directory: recognised by its first line, replaced as a whole, and removed only if
 * it is ours.
 */
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stringify, type TomlTable } from 'smol-toml';
import { isErrno } from '../../node/errno.js';
import { readText } from '../../node/foreign/read-text.js';
import { CtlError, reasonOf } from '../error.js';
import { permissionAdvice, replaceFile } from '../replace-file.js';

/** Its name: managers read such directories in alphabetical order, and the last setting wins. */
export const DROP_IN = '50-conmon-node.conf';

const MODE = 0o644;
const FIRST_LINE = '# Written by conmonctl setup';
/** The file that the deb and rpm packages contain for the same place, `scripts/packaging/packages.mjs`. */
const PACKAGED = '# From the package conmon-node';

/** The text of such a file. `undo` is the command that removes it. */
export function dropInText(undo: string, settings: TomlTable): string {
  return `${FIRST_LINE}; ${undo} removes it.\n\n${stringify(settings).trimEnd()}\n`;
}

/** What is in the file; undefined without one. Throws a {@link CtlError} if another program or person has written it. */
export async function readDropIn(path: string): Promise<string | undefined> {
  const text = textIn(path);
  if (text === undefined || [FIRST_LINE, PACKAGED].some((line) => text.startsWith(line))) return text;
  throw new CtlError(`${path} was not written by conmonctl, and is not of the package conmon-node`, {
    advice: 'Move it away, or keep it and change it by hand.',
  });
}

/** Writes it atomically, readable by all users; creates the directory if it does not exist. */
export async function writeDropIn(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 }).catch((cause: unknown) => {
    throw new CtlError(`cannot create ${dirname(path)}: ${reasonOf(cause)}`, { cause, ...permissionAdvice(cause) });
  });
  await replaceFile(path, text, MODE);
}

/** Removes it; the directory stays. */
export async function removeDropIn(path: string): Promise<void> {
  await rm(path, { force: true }).catch((cause: unknown) => {
    throw new CtlError(`cannot remove ${path}: ${reasonOf(cause)}`, { cause, ...permissionAdvice(cause) });
  });
}

function textIn(path: string): string | undefined {
  try {
    return readText(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new CtlError(`cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

function isMissing(error: unknown): boolean {
  return isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR');
}
