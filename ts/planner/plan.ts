/**
 * The plan: everything needed to carry out one invocation. The planner decides all of it; the core adds no default and no
 * rule, and refuses a document that is incomplete or has unknown fields.
 *
 * A plan travels as one JSON document: from the embedded engine to the core, or from Node to the executable on a sealed
 * memfd. Alternatives are objects with one key, not objects with a `kind` field: a reader that finds `kind` last would have
 * to buffer the other fields as text, and bytes that are not UTF-8 would be lost there.
 *
 * Generated from `crates/core/src/plan.rs` by `npm run plan-types`.
 */

import type { PLAN_VERSION } from './constants.js';

/**
 * What the planner makes of a command line.
 *
 * - `plan`: A command line to carry out.
 * - `text`: A text to print.
 * - `refusal`: A command line that cannot be carried out.
 */
export type PlanResult = { readonly plan: Plan } | { readonly text: Text } | { readonly refusal: Refusal };

/** Output of `--help` and `--version`. */
export interface Text {
  /** Printed unchanged. */
  readonly stdout: Bytes;
  /** Exit status of the process. */
  readonly status: number;
}

/** A command line that cannot be carried out. */
export interface Refusal {
  /** Text for the user, newline included. */
  readonly stderr: Bytes;
  /** The same for syslog, without a newline; null unless `--syslog` was given. */
  readonly syslog: Bytes | null;
  /** What waiting managers read: at most one line for each of their pipes. */
  readonly replies: readonly Reply[];
  /** Exit status of the process. */
  readonly status: number;
}

/** One complete line for one inherited descriptor. */
export interface Reply {
  /** Number of the descriptor. */
  readonly fd: number;
  /** The line, newline included. */
  readonly line: Bytes;
}

/**
 * Bytes without a NUL, as the kernel takes them: an argument, a path, a template. In JSON a byte 0xNN that is not part of valid
 * UTF-8 is the lone surrogate U+DCNN.
 */
export type Bytes = string;

/** Where the container's output is logged. */
export interface LogsPlan {
  /** The logs, each written independently of the others. */
  readonly drivers: readonly LogDriver[];
  /** Sync log files at the end; false with `--no-sync-log`. */
  readonly fsync: boolean;
  /** Write a record of how much was lost when a log that failed works again. */
  readonly lossMarker: boolean;
}

/**
 * One log; the key names its place.
 *
 * - `file`: Records in a file.
 * - `journald`: Records of systemd's journal.
 */
export type LogDriver = { readonly file: FileLog } | { readonly journald: JournaldLog };

/** A log in a file. */
export interface FileLog {
  /** How records are written. */
  readonly format: LogFormat;
  /** Path of the file. */
  readonly path: Bytes;
  /** Size in bytes at which the file is rotated or truncated; null: no limit. */
  readonly maxBytes: number | null;
  /** Bytes after which logging stops; null: no limit. */
  readonly maxTotalBytes: number | null;
  /** How full files are kept; null: the file is truncated. */
  readonly rotation: Rotation | null;
  /** Directories below which the file must be to be rotated; empty: anywhere. */
  readonly allowlist: readonly Bytes[];
}

/** How full log files are kept. */
export interface Rotation {
  /** Number of files to keep, at least 1; `PATH.1` is the newest. */
  readonly files: number;
  /** Compression of kept files; null: none. */
  readonly compress: Compression | null;
  /** `--log-rotate`: rotate also when a reopen is requested and the file is still at its path. */
  readonly onReopen: boolean;
}

/**
 * Compression of kept log files.
 *
 * - `gzip`: RFC 1952, with the suffix `.gz`.
 */
export type Compression = 'gzip';

/** A log in systemd's journal. */
export interface JournaldLog {
  /** Name and value of each field that all records have besides `MESSAGE`, `PRIORITY` and `CONTAINER_PARTIAL_MESSAGE`. */
  readonly fields: readonly (readonly [Bytes, Bytes])[];
  /** Mark parts of a line with `CONTAINER_PARTIAL_MESSAGE`. */
  readonly partialMessage: boolean;
}

/**
 * Format of a log file.
 *
 * - `k8s-file`: One record per line in CRI format: time, stream, `F` for a full line or `P` for a part, text.
 * - `json-file`: The format of Docker's driver of that name.
 */
export type LogFormat = 'k8s-file' | 'json-file';

/** Every `LogFormat`, with its description. */
export const LOG_FORMATS: Readonly<Record<LogFormat, string>> = {
  'k8s-file': 'One record per line in CRI format: time, stream, `F` for a full line or `P` for a part, text.',
  'json-file': "The format of Docker's driver of that name.",
};

/** A line of the sync-pipe protocol, newline included, in which a `NUMBER_SLOT` or `MESSAGE_SLOT` is still to be filled. */
export type Template = string;

/**
 * The subcommand of the OCI runtime.
 *
 * - `create`: Create a container.
 * - `restore`: Restore a container from a checkpoint.
 * - `exec`: Start an exec session in a running container.
 */
export type Mode = 'create' | 'restore' | 'exec';

/** Everything needed to carry out one invocation. */
export interface Plan {
  /** Version of the document. */
  readonly version: typeof PLAN_VERSION;
  /** Whether a container or an exec session is started. */
  readonly mode: Mode;
  /** Container ID. */
  readonly cid: Bytes;
  /** Messages of the monitor itself. */
  readonly diagnostics: Diagnostics;
  /** What happens before and at the fork. */
  readonly launch: Launch;
  /** The call of the OCI runtime. */
  readonly runtime: RuntimeCall;
  /** The container's standard streams. */
  readonly stdio: StdioPlan;
  /** The pipe of `_OCI_SYNCPIPE`. */
  readonly syncPipe: SyncPipePlan;
  /** The pipe of `_OCI_ATTACHPIPE`; null unless `--exec-attach` was given. */
  readonly attachPipe: AttachPipePlan | null;
  /** The attach socket; null when nobody can attach (passthrough, legacy exec). */
  readonly attach: AttachPlan | null;
  /** The control FIFOs; null when nobody can attach. */
  readonly control: ControlPlan | null;
  /** Where the container's output is logged. */
  readonly logs: LogsPlan;
  /** How the exit of the container is reported. */
  readonly exit: ExitPlan;
  /** Empty files to create after an OOM kill in the container, in this order. */
  readonly oomFiles: readonly Bytes[];
  /** The sd-notify relay; null unless `--sdnotify-socket` was given. */
  readonly notify: NotifyPlan | null;
  /**
   * The private socket, and what a container's monitor adopts there from the monitors of its exec sessions; null for a legacy exec and
   * without a bundle.
   */
  readonly adoption: AdoptionPlan | null;
  /**
   * File that the monitor leaves while the container runs, from which another one can be started if it is killed; null for an exec
   * session.
   */
  readonly rescue: Bytes | null;
  /** What the monitor gives up once the container runs; null: nothing. */
  readonly confinement: Confinement | null;
}

/**
 * The least severe messages of the monitor that are logged; the most severe level first.
 *
 * - `error`: The monitor cannot do what it was asked to.
 * - `warning`: Something was lost, or needs attention.
 * - `info`: What happens in the life of a container.
 * - `debug`: Details for developers.
 * - `trace`: Everything.
 */
export type LogLevel = 'error' | 'warning' | 'info' | 'debug' | 'trace';

/** Messages of the monitor itself. */
export interface Diagnostics {
  /** The least severe level that is logged. */
  readonly level: LogLevel;
  /** `--syslog`: send messages to syslog as well as to stderr. */
  readonly syslog: boolean;
  /** Warnings to log once at the start. */
  readonly warnings: readonly Bytes[];
}

/** What happens before and at the fork. */
export interface Launch {
  /** Fork and let the caller's child exit immediately; false with `--sync`. */
  readonly daemonize: boolean;
  /** File for the monitor's pid (digits only); null with `--sync` or when not requested. */
  readonly pidfile: Bytes | null;
  /** Descriptor to read once, blocking, before the fork. */
  readonly startPipe: number | null;
  /** Fork once more: the first child is a guardian, which starts another monitor if the second, the monitor, is killed. */
  readonly guardian: boolean;
}

/** The call of the OCI runtime. */
export interface RuntimeCall {
  /** The whole argument vector; the first element is the path of the program. */
  readonly argv: readonly Bytes[];
  /** Index of the empty element of `argv` that receives the path of the console socket; null without a terminal. */
  readonly consoleSocketIndex: number | null;
  /** Directory in which the private directory of the console socket is created (`TMPDIR`, or `/tmp`). */
  readonly temporaryDirectory: Bytes;
  /** File to which the runtime writes the container's pid. */
  readonly pidfile: Bytes;
  /** Descriptor to read a second time, in the runtime's process just before `execve` (`--exec-attach`). */
  readonly startPipe: number | null;
  /** `LISTEN_PID` from the environment; null if it is not set. */
  readonly listenPid: ListenPid | null;
}

/** How `LISTEN_PID` (sd_listen_fds(3)) is passed to the runtime. */
export interface ListenPid {
  /** The pid in the variable. The runtime's pid replaces it if it is the monitor's own. */
  readonly pid: number;
  /** `--replace-listen-pid`: replace it in any case. */
  readonly always: boolean;
}

/** The container's standard streams. */
export interface StdioPlan {
  /** `--terminal`: the container gets a terminal. */
  readonly terminal: boolean;
  /** `--stdin`: the container gets a pipe as stdin. */
  readonly stdin: boolean;
  /** `--leave-stdin-open`: keep that pipe open when the input of a client ends. */
  readonly leaveStdinOpen: boolean;
  /** The container inherits descriptors 0 to 2 of the monitor's caller. */
  readonly passthrough: boolean;
}

/** The pipe of `_OCI_SYNCPIPE`. A template that is null is a message that this mode does not send. */
export interface SyncPipePlan {
  /** Number of the descriptor; null without a sync pipe. */
  readonly fd: number | null;
  /** The container was created. Number: its pid. */
  readonly started: Template | null;
  /** Something failed. Message: the reason. The number (−1) is already in the template. */
  readonly failed: Template;
  /** The exec session ended. Number: its exit status. */
  readonly exited: Template | null;
  /** The time limit was reached. Has no slots. */
  readonly timedOut: Template | null;
}

/** The pipe of `_OCI_ATTACHPIPE`. */
export interface AttachPipePlan {
  /** Number of the descriptor. */
  readonly fd: number;
  /** Clients can connect. Has no slots. */
  readonly ready: Template;
  /** The start failed before that. Message: the reason. */
  readonly failed: Template;
}

/** The attach socket. */
export interface AttachPlan {
  /** Path of the socket. */
  readonly socket: Bytes;
  /** Symbolic link through which managers with long bundle paths find it; null with `--full-attach`. */
  readonly link: AttachLink | null;
  /** How many seconds a client that does not read may hold back the container's output. */
  readonly stallSeconds: number;
}

/** A symbolic link that exists while the monitor does. */
export interface AttachLink {
  /** Path of the link. */
  readonly path: Bytes;
  /** Content of the link: the directory of the socket. */
  readonly target: Bytes;
}

/** The FIFOs through which managers send requests. */
export interface ControlPlan {
  /** Path of the FIFO for all requests. */
  readonly ctl: Bytes;
  /** Path of the FIFO for resizes. */
  readonly winsz: Bytes;
}

/** How the exit of the container is reported. */
export interface ExitPlan {
  /** Files that receive the exit status (digits only), in this order. */
  readonly files: readonly Bytes[];
  /** The exit command; null: none. */
  readonly command: ExitCommandPlan | null;
  /** Seconds after which the container is killed; null: no limit. */
  readonly timeoutSeconds: number | null;
}

/** The program to run after the container has exited. */
export interface ExitCommandPlan {
  /** The whole argument vector; the first element is the path of the program. */
  readonly argv: readonly Bytes[];
  /** Seconds to wait before running it. */
  readonly delaySeconds: number;
  /**
   * Private socket of the container's monitor, which may adopt the command. Null unless this is an exec session with a
   * delay, whose monitor nobody waits for.
   */
  readonly adopter: Bytes | null;
}

/** The exit commands that a container's monitor adopts from the monitors of its exec sessions. */
export interface AdoptionPlan {
  /** Path of the private socket on which it receives them. */
  readonly socket: Bytes;
  /** How many of them run at a time. */
  readonly exitCommands: number;
}

/** The sd-notify relay. */
export interface NotifyPlan {
  /** Path of the container's socket. Its directory is created if it does not exist. */
  readonly socket: Bytes;
  /** Address of the host's socket, as in `NOTIFY_SOCKET`: a path, or an abstract name after `@`. */
  readonly host: Bytes;
}

/** What a monitor gives up in addition to most of its capabilities. */
export interface Confinement {
  /** What every process inherits that the monitor starts: no new privileges, few system calls. Null with an exit command. */
  readonly restrictions: Restrictions | null;
}

/** Restrictions of a monitor that starts no more processes. */
export interface Restrictions {
  /** Where the monitor can still write; null: anywhere. */
  readonly writable: Writable | null;
}

/** Where a confined monitor can still write. */
export interface Writable {
  /** These directories and everything below them. */
  readonly directories: readonly Bytes[];
  /** These files. For a symbolic link, also the directory of the file that it points to when the monitor is confined. */
  readonly files: readonly Bytes[];
}
