/**
 * A stage of the build: runs only when the contents of its inputs changed since its outputs were made.
 * @module
 */
import { createHash } from 'node:crypto';
import { access, copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {readonly string[]} inputs files and folders, absolute; one that does not exist counts as empty
 * @property {readonly string[]} outputs files, absolute
 * @property {string} [salt] what else the outputs depend on
 * @property {() => Promise<void>} build makes the outputs, or throws
 */

/**
 * @param {Stage} stage
 * @param {string} stamps folder of the records of what was built from what
 * @returns {Promise<boolean>} whether it had to be built
 */
export async function bringUpToDate(stage, stamps) {
  // Taken before the build: an input that changes meanwhile makes the stage stale again.
  const digest = await digestOf(stage.inputs, stage.salt ?? '');
  const stamp = join(stamps, stage.name.replaceAll(/[^a-z0-9]+/gi, '-'));
  if ((await readIfPresent(stamp)) === digest && (await allPresent(stage.outputs))) return false;
  await stage.build();
  await mkdir(stamps, { recursive: true });
  await writeFile(stamp, digest);
  return true;
}

/**
 * Puts a file in its place in one step: the one that is there may be running.
 * @param {string} from
 * @param {string} to
 */
export async function putInPlace(from, to) {
  await mkdir(dirname(to), { recursive: true });
  const temporary = `${to}.${process.pid}.tmp`;
  try {
    await copyFile(from, temporary);
    await rename(temporary, to);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * @param {readonly string[]} inputs
 * @param {string} salt
 */
export async function digestOf(inputs, salt) {
  const hash = createHash('sha256').update(salt);
  for (const input of inputs) {
    for (const path of await filesBelow(input)) {
      const content = await readFile(path);
      hash.update(`\0${relative(dirname(input), path)}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @returns {Promise<string[]>} the file itself, or all files in the folder, sorted
 */
async function filesBelow(path) {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return [];
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .toSorted();
}

/** @param {readonly string[]} paths */
async function allPresent(paths) {
  const results = await Promise.allSettled(paths.map((path) => access(path)));
  return results.every((result) => result.status === 'fulfilled');
}

/** @param {string} path */
async function readIfPresent(path) {
  return readFile(path, 'utf8').catch(() => undefined);
}
