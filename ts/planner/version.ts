/** Set by the build (`scripts/build-planner.mjs`); undefined when the sources run unbundled. */
declare const BUILD_VERSION: string | undefined;
declare const BUILD_COMMIT: string | undefined;

/** The C conmon whose command line and behaviour this monitor provides. Independent of the version of this project. */
export const CONMON_VERSION = '2.2.1';

/**
 * `--version`: Podman and CRI-O parse the third word as semver and compare it with the conmon that they need. Podman joins the two
 * lines into one, so the version of this project is part of the second: `conmon-node-VERSION-COMMIT`, as `git describe` prints it.
 */
export function versionText(): string {
  const version = typeof BUILD_VERSION === 'string' ? BUILD_VERSION : '0.0.0';
  const commit = typeof BUILD_COMMIT === 'string' ? BUILD_COMMIT : 'unknown';
  return `conmon version ${CONMON_VERSION}\ncommit: conmon-node-${version}-${commit}\n`;
}
