/**
 * What `npm run pack` and `npm run release` share: they fill a directory with files to publish and print their paths.
 * @module
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../build.mjs';
import { hostTarget } from '../build-rust.mjs';
import { at, Problem, runMain } from '../project.mjs';
import { writeChecksums } from './layout.mjs';

/**
 * @typedef {object} Product
 * @property {string} command its name after `npm run`
 * @property {string} directory in `dist`; another platform has one of its own
 * @property {string} doing the progress message
 * @property {(directory: string, native: string, target: string, all: boolean) => Promise<void>} fill puts the files into
 *   an empty directory; `all` is false if only those of another platform are asked for
 */

const USAGE = `[--target TARGET] [--output FOLDER] [--as-built]

  --target TARGET   for another platform, named as the compiler names it
  --output FOLDER   into another folder, replaced if it is there
  --as-built        with the executable as it is, even if its version names an older commit`;

/**
 * The main function of both.
 * @param {Product} product
 */
export async function produce(product) {
  await runMain(async () => {
    const { target, output, 'as-built': asBuilt = false } = optionsOf(product.command);
    const usual = target === undefined ? product.directory : `${product.directory}-${target}`;
    const directory = output === undefined ? at('dist', usual) : resolve(output);
    now('building');
    const { native } = await build({ target, exactCommit: !asBuilt, quiet: true });
    now(product.doing);
    const host = target ?? (await hostTarget());
    await replace(directory, (empty) => product.fill(empty, native, host, target === undefined));
    for (const name of (await readdir(directory)).toSorted()) console.log(join(directory, name));
    return 0;
  });
}

/** Shows progress on a terminal; stdout is for the results. @param {string} doing */
function now(doing) {
  if (process.stderr.isTTY) console.error(`── ${doing}`);
}

/** @param {string} command */
function optionsOf(command) {
  try {
    const options = /** @type {const} */ ({ target: { type: 'string' }, output: { type: 'string' } });
    return parseArgs({ options: { ...options, 'as-built': { type: 'boolean' } } }).values;
  } catch (error) {
    throw new Problem(
      `npm run ${command}: ${error instanceof Error ? error.message : error}\n\n  npm run ${command} -- ${USAGE}`,
    );
  }
}

/**
 * @param {string} directory
 * @param {(empty: string) => Promise<void>} fill
 */
async function replace(directory, fill) {
  const there = await readdir(directory).catch(() => /** @type {string[]} */ ([]));
  if (there.length > 0 && !there.includes('SHA256SUMS')) {
    throw new Problem(`${directory} holds other things than what this would put there: name another or an empty one`);
  }
  const written = `${directory}.${process.pid}.tmp`;
  await mkdir(written, { recursive: true });
  try {
    await fill(written);
    await writeChecksums(written);
    await rm(directory, { recursive: true, force: true });
    await rename(written, directory);
  } finally {
    await rm(written, { recursive: true, force: true });
  }
}
