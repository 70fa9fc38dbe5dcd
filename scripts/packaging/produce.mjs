/**
 * What `npm run pack` and `npm run release` share: they fill a directory with files to pass on and print their paths.
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import ora from 'ora';
import { build } from '../build.mjs';
import { hostTarget } from '../build-rust.mjs';
import { at, Problem, runMain } from '../project.mjs';

/**
 * @typedef {object} Product
 * @property {string} command its name after `npm run`
 * @property {string} directory in `dist`; another platform has one of its own
 * @property {string} doing for people
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
    await withProgress(async (now) => {
      now('building');
      const { native } = await build({ target, exactCommit: !asBuilt, quiet: true });
      now(product.doing);
      const host = target ?? (await hostTarget());
      await replace(directory, (empty) => product.fill(empty, native, host, target === undefined));
    });
    for (const name of (await readdir(directory)).toSorted()) console.log(join(directory, name));
    return 0;
  });
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
    const names = (await readdir(written)).toSorted();
    await writeFile(join(written, 'SHA256SUMS'), await checksums(names, (name) => readFile(join(written, name))));
    await rm(directory, { recursive: true, force: true });
    await rename(written, directory);
  } finally {
    await rm(written, { recursive: true, force: true });
  }
}

/**
 * As sha256sum(1) writes and checks them.
 * @param {readonly string[]} names
 * @param {(name: string) => Promise<Buffer>} read
 */
export async function checksums(names, read) {
  const lines = names.map(
    async (name) =>
      `${createHash('sha256')
        .update(await read(name))
        .digest('hex')}  ${name}\n`,
  );
  return (await Promise.all(lines)).join('');
}

/**
 * Shows on a terminal what is being done. stdout is for the results.
 * @param {(now: (doing: string) => void) => Promise<void>} work calls `now` with what it does from then on
 */
async function withProgress(work) {
  const stream = process.stderr;
  // A terminal without a width, as some programs make them, cannot be drawn on: the spinner would fill it endlessly.
  const isSilent = stream.isTTY !== true || !(stream.columns > 0);
  const spinner = ora({ stream, isSilent, discardStdin: false });
  let begun = performance.now();
  const done = () => {
    if (spinner.isSpinning) spinner.succeed(`${spinner.text} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
    begun = performance.now();
  };
  try {
    await work((doing) => (done(), spinner.start(doing)));
    done();
  } catch (error) {
    if (spinner.isSpinning) spinner.fail();
    throw error;
  }
}
