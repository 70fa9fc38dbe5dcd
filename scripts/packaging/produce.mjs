/**
 * Makes a folder of files to pass on, with their checksums: all at once, and only when what they are made of has changed.
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { build } from '../build.mjs';
import { hostTarget } from '../build-rust.mjs';
import { Problem } from '../problem.mjs';
import { at } from '../project.mjs';
import { bringUpToDate } from '../stage.mjs';
import { withProgress } from './progress.mjs';

/**
 * @typedef {object} Options as given on the command line
 * @property {string | undefined} target the platform, named as the compiler names it; this machine's otherwise
 * @property {string | undefined} output where to, instead of the usual folder in `dist`
 * @property {boolean} asBuilt an executable whose version names an older commit will do
 *
 * @typedef {object} Product
 * @property {string} name of the usual folder in `dist`; another platform has one of its own
 * @property {string} doing what is being done, for people
 * @property {readonly string[]} inputs what it is made of, besides what is native: paths in the project
 * @property {string} salt what it depends on otherwise
 * @property {(folder: string, native: string, target: string) => Promise<void>} fill puts the files into an empty folder
 */

/**
 * Resolves with the absolute paths of all files of the product.
 * @param {Product} product
 * @param {Options} options
 * @returns {Promise<readonly string[]>}
 */
export async function produce(product, { target, output, asBuilt }) {
  const usual = at('dist', target === undefined ? product.name : `${product.name}-${target}`);
  const folder = output === undefined ? usual : resolve(output);
  await withProgress(async (now) => {
    const announce = (/** @type {string} */ stage) => now(`building ${stage}`);
    const { native } = await build({ target, exactCommit: !asBuilt, announce });
    now(product.doing);
    const make = async () => replace(folder, product, native, target ?? (await hostTarget()));
    if (folder !== usual) return make();
    await bringUpToDate(
      {
        name: `the folder ${basename(folder)}`,
        inputs: [...product.inputs, 'scripts'].map((path) => at(path)).concat(native),
        outputs: [join(folder, 'SHA256SUMS')],
        salt: `${product.salt} ${process.version}`,
        build: make,
      },
      at('dist', '.stamps'),
    );
  });
  return (await readdir(folder)).toSorted().map((name) => join(folder, name));
}

/**
 * @param {string} folder
 * @param {Product} product
 * @param {string} native
 * @param {string} target
 */
async function replace(folder, { fill }, native, target) {
  const there = await readdir(folder).catch(() => /** @type {string[]} */ ([]));
  if (there.length > 0 && !there.includes('SHA256SUMS')) {
    throw new Problem(
      `${folder} holds other things than what this would put there: name another folder, or an empty one`,
    );
  }
  const written = `${folder}.${process.pid}.tmp`;
  await mkdir(written, { recursive: true });
  try {
    await fill(written, native, target);
    await writeFile(join(written, 'SHA256SUMS'), await checksums(written));
    await rm(folder, { recursive: true, force: true });
    await rename(written, folder);
  } finally {
    await rm(written, { recursive: true, force: true });
  }
}

/** As sha256sum(1) writes and checks them. @param {string} folder */
async function checksums(folder) {
  const names = (await readdir(folder)).toSorted();
  const lines = await Promise.all(names.map(async (name) => checksum(await readFile(join(folder, name)), name)));
  return lines.join('');
}

/**
 * A line of it.
 * @param {Buffer} bytes
 * @param {string} name
 */
export function checksum(bytes, name) {
  return `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`;
}
