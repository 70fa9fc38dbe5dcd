/** Put in by the build (`scripts/build-planner.mjs`); absent when the sources run as they are. */
declare const BUILD_VERSION: string | undefined;
declare const BUILD_COMMIT: string | undefined;

/** `--version`: Podman and CRI-O take the third word for the version, as semver. */
export function versionText(): string {
  const version = typeof BUILD_VERSION === 'string' ? BUILD_VERSION : '0.0.0';
  const commit = typeof BUILD_COMMIT === 'string' ? BUILD_COMMIT : 'unknown';
  return `conmon version ${version}\ncommit: ${commit}\n`;
}
