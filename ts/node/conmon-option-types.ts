/** The options of `conmon`, typed. Generated from the option table by `npm run manuals`. */

/**
 * Options of `conmon`; the option `--log-path` is `logPath`. A member that is undefined is not passed. In strings, a byte that
 * is not valid UTF-8 is the lone surrogate U+DCNN. docs/parity.md lists them beside those of C conmon.
 */
export interface ConmonOptions {
  /**
   * Report on the sync pipe under the key "data". Podman reads that key; CRI-O reads `pid` and `exit_code`. A flag: the
   * `1` that Podman passes after it is ignored.
   */
  readonly apiVersion?: boolean | undefined;
  /**
   * OCI bundle of the container. A directory with a `config.json`. Default: the working directory, but none with
   * `exec`.
   */
  readonly bundle?: string | undefined;
  /** Container ID (required). */
  readonly cid?: string | undefined;
  /** File for the pid of the monitor. Digits only, replaced by rename. Not written with `sync`. */
  readonly conmonPidfile?: string | undefined;
  /** File for the pid of the container. The runtime writes it. Default: `pidfile-CID` in the working directory. */
  readonly containerPidfile?: string | undefined;
  /** Unique ID of the container or exec session. Required, except with `exec` and without `apiVersion`. */
  readonly cuuid?: string | undefined;
  /** Start an exec session in a running container. Needs `execProcessSpec`; excludes `restore`. */
  readonly exec?: boolean | undefined;
  /** With `exec`: wait for a client before starting. Needs `exec`, `apiVersion` and `_OCI_ATTACHPIPE`. */
  readonly execAttach?: boolean | undefined;
  /** With `exec`: OCI process description. A file with the `process` object of the OCI runtime specification. */
  readonly execProcessSpec?: string | undefined;
  /**
   * Program to run after the container exits. It is not a child subreaper, inherits no descriptor above 2, and has the
   * signal dispositions and the OOM score that the caller gave to the monitor.
   */
  readonly exitCommand?: string | undefined;
  /** Argument for the exit command (repeatable). The next word is the value, even if it starts with a dash. */
  readonly exitCommandArg?: readonly string[] | undefined;
  /**
   * Seconds to wait before running the exit command. At least 0. A child waits, not the monitor; that of an exec
   * session leaves its command to the monitor of the container.
   */
  readonly exitDelay?: number | undefined;
  /**
   * Directory for exit files, one per container. The file is named `CID` and holds the exit status, digits only. It is
   * replaced by rename.
   */
  readonly exitDir?: string | undefined;
  /** No link to the attach socket in `socketDirPath`. Clients connect to `attach` in the bundle. */
  readonly fullAttach?: boolean | undefined;
  /**
   * Keep container stdin open when a client's input ends. Without it, the end of the input of any client closes the
   * pipe.
   */
  readonly leaveStdinOpen?: boolean | undefined;
  /**
   * Monitor messages: error, warning (default), info, debug or trace. Case is ignored; `fatal` and `panic` mean error,
   * `warn` means warning.
   */
  readonly logLevel?: string | undefined;
  /**
   * Log: k8s-file:PATH, json-file:PATH, journald, passthrough or none (repeatable). Each log receives all output. A
   * path alone is a k8s-file; `null` and `off` mean none.
   */
  readonly logPath?: readonly string[] | undefined;
  /** Truncate or rotate log files at this size. At most 0: no limit. What the file already holds counts. */
  readonly logSizeMax?: number | undefined;
  /**
   * Stop logging after this many bytes in total. At most 0: no limit. Logging stops before the record that would exceed
   * it.
   */
  readonly logGlobalSizeMax?: number | undefined;
  /** Keep full log files instead of truncating them. */
  readonly logRotate?: boolean | undefined;
  /** Number of full log files to keep (default 1). At least 0; with `logRotate`, at least 1. */
  readonly logMaxFiles?: number | undefined;
  /** Rotate only log files below this directory (repeatable). */
  readonly logAllowlistDir?: readonly string[] | undefined;
  /** Tag of journald records. Refused if all logs are files. */
  readonly logTag?: string | undefined;
  /**
   * Extra field of journald records (repeatable). The value is everything after the first `=`. Refused if all logs are
   * files.
   */
  readonly logLabel?: readonly string[] | undefined;
  /** Do not mark partial lines in journald records. Leaves `CONTAINER_PARTIAL_MESSAGE` out. */
  readonly noContainerPartialMessage?: boolean | undefined;
  /** Container name. */
  readonly name?: string | undefined;
  /** Do not create a session keyring. Passed to the runtime, except with `exec`. */
  readonly noNewKeyring?: boolean | undefined;
  /** Do not use pivot_root. Passed to the runtime, except with `exec`. */
  readonly noPivot?: boolean | undefined;
  /**
   * Do not sync log files to disk at the end. Without it, log files are synced once, after the exit has been reported.
   */
  readonly noSyncLog?: boolean | undefined;
  /**
   * Directory for further exit and OOM files. Gets the files `exit` and `oom`. `exit` is written before the file in
   * `exitDir`.
   */
  readonly persistDir?: string | undefined;
  /** Set LISTEN_PID to the pid of the runtime. Without it, only if `LISTEN_PID` is the pid of the monitor. */
  readonly replaceListenPid?: boolean | undefined;
  /** Restore the container from this checkpoint. A directory that the runtime reads. */
  readonly restore?: string | undefined;
  /** Path of the OCI runtime (required). An executable file. */
  readonly runtime?: string | undefined;
  /** Runtime argument before its subcommand (repeatable). */
  readonly runtimeArg?: readonly string[] | undefined;
  /** Runtime argument after its subcommand (repeatable). */
  readonly runtimeOpt?: readonly string[] | undefined;
  /** Relay sd-notify messages to this socket. The container sends to `notify/notify.sock` in the bundle. */
  readonly sdnotifySocket?: string | undefined;
  /** Directory for links to attach sockets (default /var/run/crio). The link is named after `cuuid`. */
  readonly socketDirPath?: string | undefined;
  /** Give the container a pipe as stdin. */
  readonly stdin?: boolean | undefined;
  /** Do not fork; stay the child of the caller. */
  readonly sync?: boolean | undefined;
  /** Send monitor messages to syslog too. */
  readonly syslog?: boolean | undefined;
  /** Manage cgroups through systemd. Passed to the runtime, except with `exec`. */
  readonly systemdCgroup?: boolean | undefined;
  /** Give the container a terminal. */
  readonly terminal?: boolean | undefined;
  /**
   * Seconds after which the container is killed. Its process group is killed with it if it leads one. The exit status
   * is −1.
   */
  readonly timeout?: number | undefined;
}
