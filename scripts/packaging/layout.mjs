/**
 * Lays out what goes into a package or an archive: the same files with the same modes, whatever this machine's are.
 * @module
 */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { must, run } from '../project.mjs';

/**
 * @typedef {{ readonly from: string } | { readonly text: string } | { readonly bytes: Uint8Array }} Source a file, or its content
 * @typedef {Readonly<Record<string, Source>>} Files by their paths in the package
 */

/**
 * Writes files into a directory, which is created unless it exists.
 * @param {string} directory
 * @param {Files} files
 */
export async function layOut(directory, files) {
  for (const [path, source] of Object.entries(files)) {
    const to = join(directory, path);
    await mkdir(dirname(to), { recursive: true });
    for (let parent = to; parent !== directory; await chmod(parent, 0o755)) parent = dirname(parent);
    await writeFile(to, await contentOf(source));
    const isProgram = 'from' in source && ((await stat(source.from)).mode & 0o100) !== 0;
    await chmod(to, isProgram ? 0o755 : 0o644);
  }
}

/** @param {Source} source @returns {Promise<Uint8Array>} */
export async function contentOf(source) {
  if ('from' in source) return readFile(source.from);
  return 'text' in source ? Buffer.from(source.text) : source.bytes;
}

/**
 * The time of all files, in seconds since 1970, so that an archive is the same whenever it is made:
 * https://reproducible-builds.org/specs/source-date-epoch/.
 */
export async function sourceDate() {
  return Number(process.env.SOURCE_DATE_EPOCH ?? (await run('git', ['log', '-1', '--format=%ct'])).stdout);
}

/**
 * Writes a compressed tar archive, with checksums in it. It depends on nothing but the files: sorted, owned by root, all of
 * one time, compressed without a time or a name. See https://reproducible-builds.org/docs/archives/.
 * @param {string} output
 * @param {string} name of the directory that all is in
 * @param {Files} files
 * @param {number} seconds since 1970
 */
export async function writeArchive(output, name, files, seconds) {
  const directory = await mkdtemp(join(tmpdir(), 'conmon-archive-'));
  try {
    await layOut(join(directory, name), files);
    await writeChecksums(join(directory, name));
    const same = ['--sort=name', '--owner=root:0', '--group=root:0', `--mtime=@${seconds}`, '--format=ustar'];
    await must('tar', [...same, '--use-compress-program=gzip -9n', '-cf', output, '-C', directory, name]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * @param {string} base
 * @param {readonly string[]} paths files and directories below it; those that are not there are left out, and so are those
 *   that another entry excludes with `!`
 * @returns {Promise<Files>}
 */
export async function filesOf(base, paths) {
  const found = [];
  const excluded = paths.filter((path) => path.startsWith('!')).map((path) => path.slice(1));
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
  const included = found.filter((path) => !excluded.includes(path));
  return Object.fromEntries(included.map((path) => [path, { from: join(base, path) }]));
}

/** Writes SHA256SUMS, for `sha256sum --check`. @param {string} directory */
export async function writeChecksums(directory) {
  const [names, path] = [(await readdir(directory)).toSorted(), join(directory, 'SHA256SUMS')];
  await writeFile(path, await must('sha256sum', names, { cwd: directory }));
  await chmod(path, 0o644);
}
