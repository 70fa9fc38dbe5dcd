/**
 * `SHA256SUMS`, as sha256sum(1) writes and checks them.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * @param {string} folder
 * @param {readonly string[]} names files in it
 */
export async function checksums(folder, names) {
  const lines = await Promise.all(
    names.toSorted().map(async (name) => `${await sha256(join(folder, name))}  ${name}\n`),
  );
  return lines.join('');
}

/** @param {string} path */
async function sha256(path) {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
