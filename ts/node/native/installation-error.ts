/** What can be missing on a machine: a package, a file of it, or the OCI runtime. */

/**
 * A program or file that the library needs is missing, cannot be executed or loaded, or is of another version. The message says
 * where it was expected, and what to do. `code` says which one:
 *
 * - `ERR_CONMON_EXECUTABLE_NOT_FOUND`: the monitor
 * - `ERR_CONMON_ADDON_NOT_LOADED`: the addon for Node
 * - `ERR_CONMON_RUNTIME_NOT_FOUND`: the OCI runtime
 */
export class InstallationError extends Error {
  override readonly name = 'InstallationError';
  /** What is missing. */
  readonly code: `ERR_CONMON_${'EXECUTABLE_NOT_FOUND' | 'ADDON_NOT_LOADED' | 'RUNTIME_NOT_FOUND'}`;

  constructor(code: InstallationError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
