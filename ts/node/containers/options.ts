/** What a container, or a further process in one, is made with. */
import type { ConmonOptions } from '../conmon-options.js';

/** What is common to both. */
export interface LaunchOptions {
  /** The monitor: an executable that takes conmon's command line. Default: {@link executable}. */
  readonly monitor?: string | undefined;
  /** Ends the making, not the life, with the signal's reason; nothing is left then. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link createContainer} sets itself. */
type Managed = 'apiVersion' | 'exec' | 'execAttach' | 'execProcessSpec' | 'fullAttach' | 'sync';

/**
 * Options of conmon, of which only the bundle is required. Defaults besides conmon's own: a random `cid`, `cuuid` as `cid`,
 * the first `runtime` of crun and runc in PATH, all files in {@link CreateOptions.directory}.
 */
export interface CreateOptions extends Omit<ConmonOptions, Managed>, LaunchOptions {
  /** The OCI bundle: a folder with a `config.json`, as `runc spec` writes one, and what that names. */
  readonly bundle: string;
  /** OCI runtime, by its path or by its name in PATH. */
  readonly runtime?: string | undefined;
  /**
   * Folder for pid files, the exit status, and the log `ctr.log`. Default: a fresh one below the system's temporary folder,
   * which {@link Container.delete} removes.
   */
  readonly directory?: string | undefined;
  /** Environment of the monitor, the runtime and the exit command. Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** A further process. What is not said is as for the container's first process, by its `config.json`. */
export interface ExecOptions extends LaunchOptions {
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
  /** Give it an input. */
  readonly stdin?: boolean | undefined;
  /** Seconds after which it is killed. */
  readonly timeout?: number | undefined;
}
