/**
 * Lays out what goes into a package or an archive: the same files with the same modes, whatever this machine's are.
 * @module
 */
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';

/**
 * @typedef {{ readonly from: string } | { readonly text: string }} Source a file, or what it shall hold
 * @typedef {Readonly<Record<string, Source>>} Files by their paths in the package
 */

/**
 * Writes files into a new directory.
 * @param {string} directory
 * @param {Files} files
 */
export async function layOut(directory, files) {
  for (const [path, source] of Object.entries(files)) {
    const to = join(directory, path);
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, await bytesOf(source));
    await chmod(to, await modeOf(source));
  }
}

/**
 * A compressed tar archive that depends on nothing but what is in it: sorted, owned by root, all of one time, compressed
 * without a time or a name. For the format see tar(5).
 * @param {string} directory all is below it
 * @param {Files} files
 * @param {number} seconds since 1970
 * @returns {Promise<Buffer>}
 */
export async function archive(directory, files, seconds) {
  const tar = pack();
  const common = { mtime: new Date(seconds * 1000), uid: 0, gid: 0, uname: 'root', gname: 'root' };
  tar.entry({ ...common, name: `${directory}/`, type: 'directory', mode: 0o755 });
  for (const [path, source] of Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    tar.entry({ ...common, name: `${directory}/${path}`, mode: await modeOf(source) }, await bytesOf(source));
  }
  tar.finalize();
  return buffer(tar.pipe(createGzip({ level: 9 })));
}

/**
 * @param {string} base
 * @param {readonly string[]} paths files and directories below it; those that are not there are left out
 * @returns {Promise<Files>}
 */
export async function filesOf(base, paths) {
  const found = [];
  for (const path of paths) {
    const there = await stat(join(base, path)).catch(() => undefined);
    if (there?.isDirectory()) {
      const entries = await readdir(join(base, path), { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile());
      found.push(
        ...files.map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(base.length + 1)).toSorted(),
      );
    } else if (there !== undefined) found.push(path);
  }
  return Object.fromEntries(found.map((path) => [path, { from: join(base, path) }]));
}

/** @param {Source} source */
export async function bytesOf(source) {
  return 'text' in source ? Buffer.from(source.text) : readFile(source.from);
}

/** A program's, or that of any other file. @param {Source} source */
async function modeOf(source) {
  if ('text' in source) return 0o644;
  return ((await stat(source.from)).mode & 0o100) === 0 ? 0o644 : 0o755;
}
