/**
 * What `npm run pack`, `npm run release` and `npm run packages` share: they fill a directory with files to publish and print their paths.
 * @module
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../build.mjs';
import { isMusl } from '../musl.mjs';
import { machineOf, PLATFORMS } from '../platforms.mjs';
import { at, Problem, run, runMain } from '../project.mjs';
import { hostTarget } from '../rustc.mjs';
import { writeChecksums } from './layout.mjs';

/** @import { Machine } from '../platforms.mjs' */
/** @import { Manifest } from './manifests.mjs' */

/**
 * @typedef {object} Product
 * @property {string} command its name after `npm run`
 * @property {string} directory in `dist`; another platform has one of its own
 * @property {boolean} addon whether the addon is part of it
 *
 * @typedef {object} Place
 * @property {string} output the directory of the files to publish
 * @property {string} work a directory for anything else, absent at first
 * @property {string} native the directory of what was built for the target
 * @property {Machine} machine the target
 * @property {Manifest} project the project's package.json
 * @property {boolean} isHost the target is this machine's, with which goes what all platforms have in common
 */

const OPTIONS = /** @type {const} */ ({
  all: { type: 'boolean' },
  target: { type: 'string' },
  output: { type: 'string' },
  'as-built': { type: 'boolean' },
});
const USAGE = `[--all | --target TARGET] [--output DIR] [--as-built]

  --all             for each platform that is released, not only for this one
  --target TARGET   for another platform, named as the compiler names it
  --output DIR      into another directory, replaced if it is there
  --as-built        with the executable as it is, even if its version names an older commit`;

/**
 * Their main function.
 * @param {Product} product
 * @param {(place: Place) => Promise<void>} fill writes the files for a target
 */
export async function produce({ command, directory, addon }, fill) {
  // For the modes of all files, whatever the user's is.
  process.umask(0o022);
  await runMain(async () => {
    const { all = false, target, output, 'as-built': asBuilt = false } = optionsOf(command);
    const host = await hostTarget();
    // Packages of the executable alone do not depend on the C library.
    const isWanted = (/** @type {string} */ name) => addon || !isMusl(name);
    const released = PLATFORMS.filter((each) => each.released && each.target !== host && isWanted(each.target));
    if (target !== undefined && !isWanted(target)) {
      throw new Problem(`the executable for ${target} is that for ${target.replace(/-musl$/, '-gnu')}`);
    }
    const targets = all ? [host, ...released.map((each) => each.target)] : [target ?? host];
    const project = JSON.parse(await readFile(at('package.json'), 'utf8'));
    // The time of all files, so that an archive is the same whenever it is made. dpkg-deb and rpmbuild read it as well:
    // https://reproducible-builds.org/specs/source-date-epoch/.
    process.env.SOURCE_DATE_EPOCH ??= (await run('git', ['log', '-1', '--format=%ct'])).stdout.trim() || '0';
    const usual = at('dist', target === undefined ? directory : `${directory}-${target}`);
    await replace(output === undefined ? usual : resolve(output), async (place) => {
      for (const each of targets) {
        now(`building for ${each}`);
        const { native } = await build({ target: each, exactCommit: !asBuilt, quiet: true, addon });
        now('packing');
        const [work, machine] = [join(place.work, each), machineOf(each)];
        await fill({ ...place, work, native, machine, project, isHost: each === host });
      }
    });
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
    const { values } = parseArgs({ options: OPTIONS });
    if (values.all && values.target !== undefined) throw new Error('--all and --target exclude each other');
    return values;
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new Problem(`npm run ${command}: ${reason}\n\n  npm run ${command} -- ${USAGE}`);
  }
}

/** @param {string} directory @param {(place: Pick<Place, 'output' | 'work'>) => Promise<void>} fill */
async function replace(directory, fill) {
  const there = existsSync(directory) ? await readdir(directory) : [];
  if (there.length > 0 && !there.includes('SHA256SUMS')) {
    throw new Problem(`${directory} contains other files: name another directory, or an empty one`);
  }
  const temporary = `${directory}.${process.pid}.tmp`;
  const [output, work] = [join(temporary, 'output'), join(temporary, 'work')];
  await mkdir(output, { recursive: true });
  try {
    await fill({ output, work });
    await writeChecksums(output);
    await rm(directory, { recursive: true, force: true });
    await rename(output, directory);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  for (const name of (await readdir(directory)).toSorted()) console.log(join(directory, name));
}
