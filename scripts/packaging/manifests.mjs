/**
 * The package.json of each published package, derived from that of the project, so that their versions cannot differ. See
 * https://docs.npmjs.com/cli/configuring-npm/package-json.
 * @module
 */

/** @import { Platform } from '../platforms.mjs' */

/** @typedef {ReturnType<typeof JSON.parse>} Manifest a package.json */

/** Fields that are for this checkout: what the package depends on is bundled. */
const UNPUBLISHED = ['private', 'scripts', 'dependencies', 'devDependencies'];
/** Fields that the packages of platforms have as well. */
const SAME = ['version', 'homepage', 'bugs', 'repository', 'license', 'author', 'engines', 'preferUnplugged'];

/**
 * JavaScript, types, and what starts the executable. What is native comes in packages of which a package manager takes the
 * one that fits.
 * @param {Manifest} project
 * @param {readonly Platform[]} platforms
 */
export function mainManifest(project, platforms) {
  const published = Object.entries(project).filter(([key]) => !UNPUBLISHED.includes(key));
  const released = platforms.filter((each) => each.released).map((each) => [each.package, project.version]);
  return { ...Object.fromEntries(published), optionalDependencies: Object.fromEntries(released) };
}

/**
 * What is native, for one platform.
 * @param {Manifest} project
 * @param {Platform} platform
 * @param {readonly string[]} files
 */
export function platformManifest(project, platform, files) {
  return {
    ...Object.fromEntries(SAME.map((key) => [key, project[key]])),
    name: platform.package,
    description: `What is native of ${project.name}, for ${platform.os} on ${platform.cpu}: the static executable and the addon for Node`,
    type: 'commonjs',
    os: [platform.os],
    cpu: [platform.cpu],
    libc: [platform.libc],
    files,
  };
}
