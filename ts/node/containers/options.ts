/** Options of a new container, and of an exec session in one. */
import type { ConmonOptions } from '../conmon-options.js';

/** Options that {@link createContainer} sets itself. */
type Managed = 'apiVersion' | 'exec' | 'execAttach' | 'execProcessSpec' | 'fullAttach' | 'sync';

/**
 * Options of conmon, of which only the bundle is required. Defaults besides conmon's own: a random `cid`, `cuuid` as `cid`,
 * the first `runtime` of crun and runc in PATH, all files in {@link CreateOptions.directory}.
 */
export interface CreateOptions extends Omit<ConmonOptions, Managed> {
  /** The OCI bundle: a directory with a `config.json`, as `runc spec` writes one, and what that names. */
  readonly bundle: string;
  /** OCI runtime, by its path or by its name in PATH. */
  readonly runtime?: string | undefined;
  /**
   * Directory for pid files, the exit status, and the log `ctr.log`. Default: a new one below the system's temporary directory,
   * which {@link Container.delete} removes.
   */
  readonly directory?: string | undefined;
  /** Environment of the monitor, the runtime and the exit command. Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** The monitor: an executable that takes conmon's command line. Default: {@link executable}. */
  readonly monitor?: string | undefined;
  /** Ends the creation, not the container, with the signal's reason; then nothing is left. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of an exec session. Defaults are those of the container's first process, in its `config.json`. */
export interface ExecOptions {
  /** The program, looked up in the container, and its arguments. */
  readonly args: readonly [string, ...string[]];
  /** Variables besides those of the first process. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Working directory, absolute. */
  readonly cwd?: string | undefined;
  /** Ids in the container. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** Give it a terminal; then all output is stdout. */
  readonly terminal?: boolean | undefined;
  /** Give it a pipe as stdin. */
  readonly stdin?: boolean | undefined;
  /** Seconds after which it is killed. */
  readonly timeout?: number | undefined;
  /** The monitor: an executable that takes conmon's command line. Default: that of the container. */
  readonly monitor?: string | undefined;
  /** Ends the start, not the process, with the signal's reason; then nothing is left. */
  readonly signal?: AbortSignal | undefined;
}
