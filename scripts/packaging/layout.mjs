/**
 * Lays out what goes into a package or an archive: the same files with the same modes, whatever this machine's are.
 * @module
 */
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** @typedef {{ readonly from: string } | { readonly text: string }} Source a file, or what it shall hold */

/**
 * Writes files into a new folder.
 * @param {string} folder
 * @param {Readonly<Record<string, Source>>} files by their paths in there
 */
export async function layOut(folder, files) {
  for (const [path, source] of Object.entries(files)) {
    const to = join(folder, path);
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, await bytesOf(source));
    await chmod(to, await modeOf(source));
  }
}

/**
 * @param {string} base
 * @param {readonly string[]} paths files and folders below it; those that are not there are left out
 * @returns {Promise<Record<string, Source>>}
 */
export async function filesOf(base, paths) {
  /** @type {Record<string, Source>} */
  const found = {};
  for (const path of paths) {
    for (const file of await filesBelow(base, path)) found[file] = { from: join(base, file) };
  }
  return found;
}

/**
 * @param {string} base
 * @param {string} path
 * @returns {Promise<string[]>}
 */
async function filesBelow(base, path) {
  const found = await stat(join(base, path)).catch(() => undefined);
  if (found === undefined) return [];
  if (!found.isDirectory()) return [path];
  const names = await readdir(join(base, path));
  const below = await Promise.all(names.toSorted().map((name) => filesBelow(base, `${path}/${name}`)));
  return below.flat();
}

/** @param {Source} source */
export async function bytesOf(source) {
  return 'text' in source ? Buffer.from(source.text) : readFile(source.from);
}

/** A program's, or that of any other file. @param {Source} source */
export async function modeOf(source) {
  if ('text' in source) return 0o644;
  return ((await stat(source.from)).mode & 0o100) === 0 ? 0o644 : 0o755;
}
