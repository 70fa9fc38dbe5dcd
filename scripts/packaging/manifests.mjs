/**
 * The package.json of each published package, derived from that of the project, so that their versions cannot differ. See
 * https://docs.npmjs.com/cli/configuring-npm/package-json.
 * @module
 */

/** @import { Platform } from '../platforms.mjs' */

/**
 * @typedef {object} Fields those that scripts read
 * @property {string} name
 * @property {string} version
 * @property {string} license
 * @property {readonly string[]} files
 * @property {{ readonly type: string, readonly url: string }} repository
 *
 * @typedef {Readonly<Record<string, unknown>> & Readonly<Fields>} Manifest
 */

/** Fields copied from the project's package.json. */
const SAME = ['version', 'homepage', 'bugs', 'repository', 'license', 'author', 'engines'];
const MAIN = ['description', 'keywords', 'type', 'os', 'bin', 'exports', 'types', 'peerDependencies'];

/**
 * JavaScript, types, and what starts the executable. What it depends on is bundled; what is native comes in packages of
 * which a package manager takes the one that fits.
 * @param {Manifest} project
 * @param {readonly Platform[]} platforms
 * @param {readonly string[]} files what is in the package, relative to it
 * @returns {Manifest}
 */
export function mainManifest(project, platforms, files) {
  const man = files.filter((path) => path.startsWith('man/'));
  return {
    name: project.name,
    ...pick(project, [...SAME, ...MAIN, 'peerDependenciesMeta']),
    version: project.version,
    license: project.license,
    ...(man.length === 0 ? {} : { man }),
    repository: project.repository,
    files: [...project.files, 'NOTICE', 'THIRD-PARTY-NOTICES'],
    optionalDependencies: Object.fromEntries(
      platforms.filter(({ released }) => released).map((each) => [each.package, project.version]),
    ),
    // In an archive, which Yarn would keep it in, nothing can be executed.
    preferUnplugged: true,
  };
}

/**
 * What is native, for one platform.
 * @param {Manifest} project
 * @param {Platform} platform
 * @param {readonly string[]} files
 * @returns {Manifest}
 */
export function platformManifest(project, platform, files) {
  return {
    name: platform.package,
    description: `What is native of ${project.name}, for ${platform.os} on ${platform.cpu}: the static executable and the addon for Node`,
    ...pick(project, SAME),
    version: project.version,
    license: project.license,
    repository: project.repository,
    type: 'commonjs',
    os: [platform.os],
    cpu: [platform.cpu],
    libc: [platform.libc],
    files: [...files, 'THIRD-PARTY-NOTICES'],
    preferUnplugged: true,
  };
}

/**
 * @param {Manifest} project
 * @param {readonly string[]} keys
 */
function pick(project, keys) {
  return Object.fromEntries(keys.filter((key) => project[key] !== undefined).map((key) => [key, project[key]]));
}
