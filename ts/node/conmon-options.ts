/** The command line of `conmon`, typed: each option under its own name in camel case. */
import { OPTION_SPECS } from '../planner/options.js';

/**
 * Options of `conmon`; the option `--log-path` is `logPath`. What is undefined is not given. Strings may hold bytes that are no
 * UTF-8, each as the lone surrogate U+DCNN. See docs/parity.md for all that they mean.
 */
export interface ConmonOptions {
  /** Report on the sync pipe under the key `data`, as Podman wants it. */
  readonly apiVersion?: boolean | undefined;
  /** OCI bundle of the container: a folder with its `config.json`. Default: the working directory. */
  readonly bundle?: string | undefined;
  /** Container id; required by `conmon`. */
  readonly cid?: string | undefined;
  /** Where to write the pid of the monitor. */
  readonly conmonPidfile?: string | undefined;
  /** Where the runtime writes the pid of the container. */
  readonly containerPidfile?: string | undefined;
  /** Unique id of the container or exec session. */
  readonly cuuid?: string | undefined;
  /** Run a further process in a running container. */
  readonly exec?: boolean | undefined;
  /** With `exec`: wait for a client before the process is run. */
  readonly execAttach?: boolean | undefined;
  /** With `exec`: file with the OCI description of the process. */
  readonly execProcessSpec?: string | undefined;
  /** Program to run when the container has ended. */
  readonly exitCommand?: string | undefined;
  /** Its arguments. */
  readonly exitCommandArg?: readonly string[] | undefined;
  /** Seconds to wait before it is run. */
  readonly exitDelay?: number | undefined;
  /** Folder of exit files: `EXITDIR/CID` gets the exit status. */
  readonly exitDir?: string | undefined;
  /** Attach socket in the bundle, without a link below `socketDirPath`. */
  readonly fullAttach?: boolean | undefined;
  /** Keep stdin of the container open when a client's input ends. */
  readonly leaveStdinOpen?: boolean | undefined;
  /** The monitor's own messages: `error`, `warning` (the default), `info`, `debug` or `trace`. */
  readonly logLevel?: string | undefined;
  /** Logs: `k8s-file:PATH`, `json-file:PATH`, `journald`, `passthrough` or `none`. */
  readonly logPath?: readonly string[] | undefined;
  /** Bytes at which a fresh log file is begun. */
  readonly logSizeMax?: number | undefined;
  /** Bytes of output after which nothing more is logged. */
  readonly logGlobalSizeMax?: number | undefined;
  /** Keep full log files instead of truncating. */
  readonly logRotate?: boolean | undefined;
  /** How many full log files are kept. Default 1. */
  readonly logMaxFiles?: number | undefined;
  /** Rotate only below these folders. */
  readonly logAllowlistDir?: readonly string[] | undefined;
  /** Tag of journald records. */
  readonly logTag?: string | undefined;
  /** Fields of journald records, `KEY=VALUE`. */
  readonly logLabel?: readonly string[] | undefined;
  /** Do not mark parts of a line in the journal. */
  readonly noContainerPartialMessage?: boolean | undefined;
  /** Name of the container. */
  readonly name?: string | undefined;
  /** Runtime: do not create a session keyring. */
  readonly noNewKeyring?: boolean | undefined;
  /** Runtime: do not use pivot_root(2). */
  readonly noPivot?: boolean | undefined;
  /** Do not flush the log to the disk at the end. */
  readonly noSyncLog?: boolean | undefined;
  /** Folder that also gets the files `exit` and `oom`. */
  readonly persistDir?: string | undefined;
  /** Put the pid of the runtime into `LISTEN_PID`. */
  readonly replaceListenPid?: boolean | undefined;
  /** Restore the container from this checkpoint. */
  readonly restore?: string | undefined;
  /** Path of the OCI runtime; required by `conmon`. */
  readonly runtime?: string | undefined;
  /** Arguments before its subcommand. */
  readonly runtimeArg?: readonly string[] | undefined;
  /** Arguments after its subcommand. */
  readonly runtimeOpt?: readonly string[] | undefined;
  /** Relay sd-notify messages to this socket. */
  readonly sdnotifySocket?: string | undefined;
  /** Folder of links to attach sockets. Default `/var/run/crio`. */
  readonly socketDirPath?: string | undefined;
  /** Give the container a pipe as stdin. */
  readonly stdin?: boolean | undefined;
  /** Do not fork: stay the child of the caller. */
  readonly sync?: boolean | undefined;
  /** The monitor's own messages also to syslog. */
  readonly syslog?: boolean | undefined;
  /** Runtime: cgroups through systemd. */
  readonly systemdCgroup?: boolean | undefined;
  /** Give the container a terminal. */
  readonly terminal?: boolean | undefined;
  /** Seconds after which the container is killed. */
  readonly timeout?: number | undefined;
}

/** The command line that these options make, without the name of the program. */
export function commandLine(options: ConmonOptions): string[] {
  const values = new Map<string, unknown>(Object.entries(options));
  return Object.keys(OPTION_SPECS).flatMap((name) => wordsOf(name, values.get(camelCase(name))));
}

/** `log-path` → `logPath`. */
export function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** A value always is a word of its own, whatever it looks like. */
function wordsOf(name: string, value: unknown): string[] {
  if (value === undefined || value === false) return [];
  if (value === true) return [`--${name}`];
  return (Array.isArray(value) ? value : [value]).flatMap((each) => [`--${name}`, String(each)]);
}
