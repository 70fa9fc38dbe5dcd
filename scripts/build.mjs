/**
 * `npm run build`: installs npm packages, and brings everything in dist up to date.
 *
 *     npm run build:cross -- CPU    for another machine: native files into dist/cross/RELEASE; the addon only where there is a package.
 *                             x64-musl and arm64-musl: the addon for musl, and the same executables
 *
 * Cargo knows what is stale, and bundling takes 0.3 s. With nothing to do the whole takes 0.9 s; hashing all sources to find
 * that out took 1.2 s.
 * @module
 */
import { existsSync } from 'node:fs';
import { buildAddon, buildExecutables } from './build-rust.mjs';
import { installPackages } from './install.mjs';
import { machineOf, PLATFORMS } from './platforms.mjs';
import { at, isMain, runMain } from './project.mjs';
import { hostTarget } from './rustc.mjs';
import { ownExecutables, requireToolchain } from './toolchain.mjs';

/** @import { Options } from './project.mjs' */

/**
 * @typedef {object} BuildOptions
 * @property {string | undefined} [target] the target of the native files; this machine by default
 * @property {boolean} [addon] false: without the addon
 * @property {boolean} [exactCommit] the version names the current commit, not the one at which the planner last changed
 * @property {boolean} [quiet] print errors only
 */

/** @param {BuildOptions} [options] @returns {Promise<{ native: string }>} the directory of the native files */
export async function build({ target, addon = true, exactCommit = false, quiet = false } = {}) {
  await installPackages();
  // They import what may have been installed only now.
  const { buildPlanner } = await import('./build-planner.mjs');
  const { bundles } = await import('./bundle.mjs');
  const host = await hostTarget();
  const isForeign = target !== undefined && target !== host;
  if (target !== undefined) await requireToolchain(target);
  const executable = target === undefined ? await ownExecutables(slower) : machineOf(target).executable;
  const native = isForeign ? at('dist', 'cross', machineOf(target).release) : at('dist', 'native');
  await buildPlanner(at('dist'), exactCommit);
  const bundling = bundles();
  const hasPackage = !isForeign || PLATFORMS.some((platform) => platform.target === target);
  /** @type {Options} */
  const options = { live: quiet ? 'none' : 'stderr' };
  if (!quiet && !existsSync(native)) console.error('── cargo build: the first time about four minutes of a processor');
  const rust = [
    () => buildExecutables(executable, native, undefined, options),
    ...(addon && hasPackage ? [() => buildAddon(target ?? host, native, options)] : []),
  ];
  // The first time takes minutes, which a second processor halves. Later, two cargos would only report that they wait for
  // each other.
  if (existsSync(native)) for (const step of rust) await step();
  else await Promise.all(rust.map((step) => step()));
  await bundling;
  return { native };
}

/** @param {string} why */
function slower(why) {
  console.error(`── conmon is linked with glibc instead of musl, with which it starts faster: ${why}`);
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    const [cpu] = process.argv.slice(2);
    await build({ target: cpu === undefined ? undefined : machineOf(cpu, 'cpu').target });
    return 0;
  });
}
