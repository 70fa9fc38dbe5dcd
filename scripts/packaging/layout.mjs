/**
 * What goes into a package or an archive: the same files with the same modes, whatever this machine's are.
 * @module
 */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { must } from '../project.mjs';

/** @typedef {Readonly<Record<string, { content: string | Uint8Array, isProgram?: boolean }>>} Files by their paths in the package */

/**
 * Writes files into a directory, which is created unless it exists. The modes require a umask of 022.
 * @param {string} directory
 * @param {Files} files
 */
export async function layOut(directory, files) {
  for (const [path, { content, isProgram = false }] of Object.entries(files)) {
    const to = join(directory, path);
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, content, { mode: isProgram ? 0o755 : 0o644 });
  }
}

/** @param {string} base @param {readonly string[]} paths of files below it @returns {Promise<Files>} */
export async function filesOf(base, paths) {
  const files = paths.map(async (path) => {
    const isProgram = ((await stat(join(base, path))).mode & 0o100) !== 0;
    return [path, { content: await readFile(join(base, path)), isProgram }];
  });
  return Object.fromEntries(await Promise.all(files));
}

/** @param {string} directory @param {Files} files @returns {Files} */
export const below = (directory, files) =>
  Object.fromEntries(Object.entries(files).map(([path, file]) => [`${directory}/${path}`, file]));

/** Writes SHA256SUMS, for `sha256sum --check`. @param {string} directory */
export async function writeChecksums(directory) {
  const sums = await must('sha256sum', (await readdir(directory)).toSorted(), { cwd: directory });
  await writeFile(join(directory, 'SHA256SUMS'), sums);
}
