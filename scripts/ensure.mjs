/**
 * Makes a fresh clone ready: checks the toolchain, installs the npm packages, builds. Quick when there is nothing to do.
 *
 * Uses nothing but Node's own modules until the packages are there.
 * @module
 */
import { build } from './build.mjs';
import { installPackages } from './install.mjs';
import { runMain } from './problem.mjs';
import { isMain } from './project.mjs';
import { requireToolchain } from './toolchain.mjs';

/** @import { BuildOptions } from './build.mjs' */

/**
 * Afterwards everything in dist/ is there and up to date; or it throws and says what to do.
 * @param {BuildOptions} [options]
 */
export async function ensure(options) {
  await ensurePackages();
  return build(options);
}

/** The first half of it: what the build needs. */
export async function ensurePackages() {
  await requireToolchain();
  await installPackages();
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    await ensure();
    return 0;
  });
}
