/**
 * What `npm run pack`, `npm run release` and `npm run packages` share: they fill a directory with files to publish and print their paths.
 * @module
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../build.mjs';
import { hostTarget } from '../build-rust.mjs';
import { PLATFORMS } from '../platforms.mjs';
import { at, Problem, runMain } from '../project.mjs';
import { writeChecksums } from './layout.mjs';

/**
 * @typedef {object} Product
 * @property {string} command its name after `npm run`
 * @property {string} directory in `dist`; another platform has one of its own
 * @property {string} doing the progress message
 * @property {boolean} addon whether the addon is part of it
 * @property {(directory: string, native: string, target: string, isHost: boolean) => Promise<void>} fill puts the files for a
 *   target into a directory; `isHost`: it is this machine's, with which goes what all platforms have in common
 */

const USAGE = `[--all | --target TARGET] [--output DIR] [--as-built]

  --all             for each platform that is released, not only for this one
  --target TARGET   for another platform, named as the compiler names it
  --output DIR      into another directory, replaced if it is there
  --as-built        with the executable as it is, even if its version names an older commit`;

/**
 * Their main function.
 * @param {Product} product
 */
export async function produce(product) {
  await runMain(async () => {
    const { all = false, target, output, 'as-built': asBuilt = false } = optionsOf(product.command);
    const host = await hostTarget();
    const released = PLATFORMS.filter((each) => each.released && each.target !== host);
    const targets = all ? [host, ...released.map((each) => each.target)] : [target ?? host];
    const usual = target === undefined ? product.directory : `${product.directory}-${target}`;
    const directory = output === undefined ? at('dist', usual) : resolve(output);
    await replace(directory, async (empty) => {
      for (const each of targets) {
        now(`building for ${each}`);
        const { native } = await build({ target: each, exactCommit: !asBuilt, quiet: true, addon: product.addon });
        now(product.doing);
        await product.fill(empty, native, each, each === host);
      }
    });
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
    const [text, flag] = /** @type {const} */ ([{ type: 'string' }, { type: 'boolean' }]);
    const { values } = parseArgs({ options: { target: text, output: text, all: flag, 'as-built': flag } });
    if (values.all && values.target !== undefined) throw new Error('--all and --target exclude each other');
    return values;
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
