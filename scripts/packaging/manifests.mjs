/**
 * The package.json of each published package, derived from that of the project, so that their versions cannot differ. See
 * https://docs.npmjs.com/cli/configuring-npm/package-json.
 * @module
 */

/** @import { Platform } from '../platforms.mjs' */

/**
 * @typedef {object} Manifest the fields that scripts read
 * @property {string} name
 * @property {string} version
 * @property {string} license
 * @property {{ readonly type: string, readonly url: string }} repository
 */

/** Fields that are for this checkout: what the package depends on is bundled. */
const UNPUBLISHED = ['private', 'scripts', 'dependencies', 'devDependencies'];
/** Fields that the packages of platforms have as well. */
const SAME = ['version', 'homepage', 'bugs', 'repository', 'license', 'author', 'engines', 'preferUnplugged'];

/**
 * JavaScript, types, and what starts the executable. What is native comes in packages of which a package manager takes the
 * one that fits.
 * @template {Manifest} T
 * @param {T} project
 * @param {readonly Platform[]} platforms
 */
export function mainManifest(project, platforms) {
  const released = platforms.filter((each) => each.released).map((each) => [each.package, project.version]);
  return {
    ...pick(project, (key) => !UNPUBLISHED.includes(key)),
    optionalDependencies: Object.fromEntries(released),
  };
}

/**
 * What is native, for one platform.
 * @template {Manifest} T
 * @param {T} project
 * @param {Platform} platform
 * @param {readonly string[]} files
 */
export function platformManifest(project, platform, files) {
  return {
    ...pick(project, (key) => SAME.includes(key)),
    name: platform.package,
    description: `What is native of ${project.name}, for ${platform.os} on ${platform.cpu}: the static executable and the addon for Node`,
    type: 'commonjs',
    os: [platform.os],
    cpu: [platform.cpu],
    libc: [platform.libc],
    files,
  };
}

/**
 * @template {Manifest} T
 * @param {T} project
 * @param {(key: string) => boolean} isWanted
 * @returns {T}
 */
function pick(project, isWanted) {
  return /** @type {T} */ (Object.fromEntries(Object.entries(project).filter(([key]) => isWanted(key))));
}
