/**
 * What is linked into our programs besides crates: the engine, the standard library and, statically, the C library.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { linkerFor } from '../build-rust.mjs';
import { Problem } from '../problem.mjs';
import { firstLine, run } from '../run.mjs';

/** @import { Part } from './parts.mjs' */

/**
 * @param {readonly Part[]} crates those linked in
 * @param {string} target
 * @returns {Promise<Part[]>}
 */
export async function linkedParts(crates, target) {
  const engine = crates.find(({ name }) => name === 'rquickjs-sys');
  return [await rust(), await glibc(target), ...(engine?.folder === undefined ? [] : [await quickjs(engine.folder)])];
}

/** @param {string} folder of the crate that has QuickJS in it @returns {Promise<Part>} */
async function quickjs(folder) {
  const header = await readFile(join(folder, 'quickjs', 'quickjs.h'), 'utf8');
  const version = ['MAJOR', 'MINOR', 'PATCH'].map(
    (part) => new RegExp(`^#define QJS_VERSION_${part} (\\d+)$`, 'm').exec(header)?.[1],
  );
  if (version.includes(undefined))
    throw new Problem(`cannot find the version of QuickJS in ${folder}/quickjs/quickjs.h`);
  return {
    name: 'QuickJS-ng',
    version: version.join('.'),
    license: 'MIT',
    purl: `pkg:github/quickjs-ng/quickjs@v${version.join('.')}`,
    folder: join(folder, 'quickjs'),
    uses: [],
  };
}

/** @returns {Promise<Part>} */
async function rust() {
  const version = /^rustc (\S+)/.exec((await firstLine('rustc', ['--version'])) ?? '')?.[1];
  if (version === undefined) throw new Problem('cannot find out the version of rustc');
  return {
    name: 'The Rust standard library',
    version,
    license: 'MIT OR Apache-2.0',
    purl: `pkg:generic/rust-std@${version}`,
    holders: 'The Rust Project Developers, see https://thanks.rust-lang.org',
    uses: [],
  };
}

/** @param {string} target @returns {Promise<Part>} */
async function glibc(target) {
  const args = ['-dM', '-E', '-include', 'features.h', '-x', 'c', '/dev/null'];
  const { stdout } = await run(await linkerFor(target), args);
  const [, major] = /^#define __GLIBC__ (\d+)$/m.exec(stdout) ?? [];
  const [, minor] = /^#define __GLIBC_MINOR__ (\d+)$/m.exec(stdout) ?? [];
  if (major === undefined || minor === undefined) throw new Problem(`cannot find the version of glibc for ${target}`);
  return {
    name: 'The GNU C library',
    version: `${major}.${minor}`,
    license: 'LGPL-2.1-or-later',
    purl: `pkg:generic/glibc@${major}.${minor}`,
    holders: 'Free Software Foundation, Inc.',
    uses: [],
  };
}
