/** Put in by the build (`scripts/build-planner.mjs`); absent when the sources run as they are. */
declare const __VERSION__: string | undefined;
declare const __COMMIT__: string | undefined;

/** `--version`: Podman and CRI-O take the third word for the version, as semver. */
export function versionText(): string {
  const version = typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0';
  const commit = typeof __COMMIT__ === 'string' ? __COMMIT__ : 'unknown';
  return `conmon version ${version}\ncommit: ${commit}\n`;
}
