/**
 * `npm run build`: installs npm packages, and brings everything in dist up to date.
 *
 * Cargo knows what is stale, and bundling takes 0.3 s. With nothing to do the whole takes 0.9 s; hashing all sources to find
 * that out took 1.2 s.
 * @module
 */
import { existsSync } from 'node:fs';
import { buildAddon, buildExecutables, hostTarget } from './build-rust.mjs';
import { installPackages } from './install.mjs';
import { platformOf } from './platforms.mjs';
import { at, isMain, runMain } from './project.mjs';

/**
 * @typedef {object} BuildOptions
 * @property {string | undefined} [target] the target of the native files; this machine by default
 * @property {boolean} [exactCommit] the version names the current commit, not the one at which the planner last changed
 * @property {boolean} [quiet] print errors only
 */

/**
 * @param {BuildOptions} [options]
 * @returns {Promise<{ native: string }>} the directory of the native files
 */
export async function build({ target, exactCommit = false, quiet = false } = {}) {
  await installPackages();
  // They import what may have been installed only now.
  const { buildPlanner } = await import('./build-planner.mjs');
  const { bundles } = await import('./bundle.mjs');
  const host = await hostTarget();
  if (target !== undefined) platformOf(target);
  const native = at('dist', target === undefined || target === host ? 'native' : `native-${target}`);
  await buildPlanner(at('dist'), exactCommit);
  const live = quiet ? 'none' : 'stderr';
  const bundling = bundles();
  const rust = [
    () => buildExecutables(target ?? host, native, undefined, { live }),
    () => buildAddon(target ?? host, native, { live }),
  ];
  // The first time takes minutes, which a second processor halves. Later, two cargos would only report that they wait for
  // each other.
  if (existsSync(native)) for (const step of rust) await step();
  else await Promise.all(rust.map((step) => step()));
  await bundling;
  return { native };
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    await build();
    return 0;
  });
}
