/** Options of a new container, and of an exec session in one. */
import type { ConmonOptions } from '../conmon-options.js';

/** Options that {@link createContainer} sets itself. */
type Managed = 'apiVersion' | 'exec' | 'execAttach' | 'execProcessSpec' | 'fullAttach' | 'sync';

/**
 * Options of conmon, of which only the bundle is required. Defaults besides conmon's own: a random `cid`, `cuuid` as `cid`,
 * the first `runtime` of crun and runc in PATH (runc where crun refuses hybrid cgroups), all files in {@link CreateOptions.directory}, `terminal` as in the bundle's `config.json`. A `logPath` without a path, such as
 * `k8s-file`, is the file `ctr.log` there.
 */
export interface CreateOptions extends Omit<ConmonOptions, Managed> {
  /**
   * The OCI bundle: a directory with a `config.json`, as `runc spec` writes one, and what that names. Several containers may be
   * made from it; nothing is written to it.
   */
  readonly bundle: string;
  /** OCI runtime, by its path or by its name in PATH. */
  readonly runtime?: string | undefined;
  /**
   * Directory for pid files, the exit status, the log `ctr.log` and the attach socket; one container at a time may use it.
   * Default: a new one below the system's temporary directory, which {@link Container.delete} removes.
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

/** What a container runs, and in what, for {@link run}. */
export interface RunOptions extends Omit<CreateOptions, 'bundle' | 'env' | 'logPath' | 'restore'> {
  /** Root file system: a directory. */
  readonly rootfs: string;
  /** The program, looked up in the container, and its arguments. */
  readonly args: readonly [string, ...string[]];
  /** Variables of the program, besides `PATH`, `HOME` and `container`. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Working directory, absolute. Default: `/`. */
  readonly cwd?: string | undefined;
  /** Ids in the container. Default: root. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** What else is mounted: directories or files of this machine, or a file system with its `type`. */
  readonly mounts?:
    | readonly {
        /** Absolute path in the container. */
        readonly destination: string;
        /** Path on this machine for a bind mount. */
        readonly source: string;
        /** Default: `bind`. */
        readonly type?: string | undefined;
        /** Options of mount(8). Default for a bind mount: `rbind`, and `ro` or `rw`. */
        readonly options?: readonly string[] | undefined;
        readonly readOnly?: boolean | undefined;
      }[]
    | undefined;
  /** Host name. Default: `container`. */
  readonly hostname?: string | undefined;
  /** Network: that of the host, or only a loopback device. Default: `none`. */
  readonly network?: 'none' | 'host' | undefined;
  /** Make the root file system read-only. */
  readonly readOnly?: boolean | undefined;
  /**
   * Where its output is logged, as `--log-path` takes it: `none`, `journald`, or a format of log files such as `json-file`, with or without `:PATH`.
   * Default: `k8s-file`.
   */
  readonly log?: string | readonly string[] | undefined;
}
