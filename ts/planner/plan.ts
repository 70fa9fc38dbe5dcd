/**
 * The plan: everything the core needs to carry out one invocation, decided by the planner and by nobody else.
 *
 * It travels as one JSON document (embedded engine → core, Node → executable on a sealed memfd), so every type here is
 * mirrored field by field in `crates/core/src/plan.rs`; the vectors in `__test__/vectors/plans.json` are read by both
 * sides. Alternatives are written as objects with one key, not with a `kind` field: a reader can then decode bytes that
 * are no UTF-8 without buffering.
 *
 * Every string may hold bytes that are not UTF-8: such a byte 0xNN is the lone surrogate U+DCNN.
 */

/** Raised whenever a field changes its meaning; the core refuses a plan of another version. */
export const PLAN_VERSION = 1;

/** Marks the place of a decimal number in a {@link Template}. */
export const NUMBER_SLOT = '\u0001';
/** Marks the place of a JSON-escaped text in a {@link Template}. */
export const MESSAGE_SLOT = '\u0002';

/**
 * A finished line of the sync-pipe protocol with its newline, in which the marks `NUMBER_SLOT` and `MESSAGE_SLOT` are
 * filled when the facts are known.
 */
export type Template = string;

/** What the planner makes of a command line. Exactly one of the keys is present. */
export type PlanResult = { readonly plan: Plan } | { readonly text: Text } | { readonly refusal: Refusal };

/** `--help` and `--version`. */
export interface Text {
  readonly stdout: string;
  readonly status: number;
}

/** A command line that cannot be carried out. */
export interface Refusal {
  /** What the user reads, newline included. */
  readonly stderr: string;
  /** The same for syslog, without a newline; null when syslog was not asked for. */
  readonly syslog: string | null;
  /** What waiting managers read: at most one line for each of their pipes that exists. */
  readonly replies: readonly Reply[];
  readonly status: number;
}

/** One complete line for one inherited descriptor. */
export interface Reply {
  readonly fd: number;
  readonly line: string;
}

/** What is run: a new container, one from a checkpoint, or a further process in a running one. */
export type Mode = 'create' | 'restore' | 'exec';

/** From which severity on our own messages are told. */
export type LogLevel = 'error' | 'warning' | 'info' | 'debug' | 'trace';

/** Everything about one invocation. */
export interface Plan {
  readonly version: typeof PLAN_VERSION;
  readonly mode: Mode;
  /** Container id. */
  readonly cid: string;
  readonly diagnostics: Diagnostics;
  readonly launch: Launch;
  readonly runtime: RuntimeCall;
  readonly stdio: Stdio;
  readonly syncPipe: SyncPipe;
  /** `--exec-attach`: tells the manager that it can connect now. */
  readonly attachPipe: AttachPipe | null;
  /** Null when nobody can attach (passthrough, legacy exec). */
  readonly attach: Attach | null;
  /** Directory of the `ctl` and `winsz` FIFOs; null as for {@link attach}. */
  readonly controlDirectory: string | null;
  readonly logs: Logs;
  readonly exit: Exit;
  /** Empty files to create when the container was hit by an OOM kill, in this order. */
  readonly oomFiles: readonly string[];
  readonly notify: Notify | null;
  /** What the monitor gives up once the container runs; null: nothing. */
  readonly confinement: Confinement | null;
}

/** Our own messages. */
export interface Diagnostics {
  readonly level: LogLevel;
  /** `--syslog`: besides stderr, also there. */
  readonly syslog: boolean;
  /** To be said once at the start, level warning. */
  readonly warnings: readonly string[];
}

/** What happens before and at the fork. */
export interface Launch {
  /** Fork and let the caller's child exit at once; false with `--sync`. */
  readonly daemonize: boolean;
  /** Where the pid of the monitor goes (digits alone); null with `--sync` or when not asked for. */
  readonly pidfile: string | null;
  /** Descriptor to read once, blocking, before anything is forked. */
  readonly startPipe: number | null;
}

/** The call of the OCI runtime. */
export interface RuntimeCall {
  /** The whole argument vector; the first is the path of the program. */
  readonly argv: readonly string[];
  /** Index of the (empty) element of `argv` that takes the path of the console socket; null without a terminal. */
  readonly consoleSocketIndex: number | null;
  /** Directory in which the console socket's private directory is made (`TMPDIR`, else `/tmp`). */
  readonly temporaryDirectory: string;
  /** File in which the runtime leaves the container's pid. */
  readonly pidfile: string;
  /** Descriptor to read once more in the runtime's process, just before it is executed (`--exec-attach`). */
  readonly startPipe: number | null;
  /** `LISTEN_PID` as found in the environment, null if absent. */
  readonly listenPid: ListenPid | null;
}

/** What becomes of `LISTEN_PID`, sd_listen_fds(3). */
export interface ListenPid {
  /** The pid it names; replaced by the runtime's pid if it is ours. */
  readonly pid: number;
  /** `--replace-listen-pid`: replace it whatever it names. */
  readonly always: boolean;
}

/** The container's standard streams. */
export interface Stdio {
  readonly terminal: boolean;
  /** `--stdin`: give the container a stdin pipe. */
  readonly stdin: boolean;
  /** Keep that pipe open when a client's input ends. */
  readonly leaveStdinOpen: boolean;
  /** The container gets our caller's own descriptors 0–2. */
  readonly passthrough: boolean;
}

/** `_OCI_SYNCPIPE`. A template that is null is a message that this mode does not send. */
export interface SyncPipe {
  readonly fd: number | null;
  /** Number: the container's pid. */
  readonly started: Template | null;
  /** Message: what went wrong. Its number (−1) is already in it. */
  readonly failed: Template;
  /** Number: exit status. */
  readonly exited: Template | null;
  /** Complete: the time limit was reached. */
  readonly timedOut: Template | null;
}

/** `_OCI_ATTACHPIPE`. */
export interface AttachPipe {
  readonly fd: number;
  /** Complete: the attach socket listens. */
  readonly ready: Template;
  /** Message: what went wrong before that. */
  readonly failed: Template;
}

/** The attach socket. */
export interface Attach {
  /** Directory in which the socket `attach` is bound. */
  readonly directory: string;
  /** Symbolic link to make to that directory, and to remove at the end; null with `--full-attach`. */
  readonly link: string | null;
  /** How long a client that takes nothing may hold back the container. */
  readonly stallSeconds: number;
}

/** Where the container's output is logged. */
export interface Logs {
  readonly drivers: readonly LogDriver[];
  /** fsync at the end; false with `--no-sync-log`. */
  readonly fsync: boolean;
  /** Write a record that tells how much was lost when a failing log works again. */
  readonly lossMarker: boolean;
}

/** One log: the key tells its format or place. */
export type LogDriver =
  { readonly 'k8s-file': FileLog } | { readonly 'json-file': FileLog } | { readonly journald: JournaldLog };

/** A log in a file of its own. */
export interface FileLog {
  readonly path: string;
  /** Bytes after which a fresh file is begun; null: never. */
  readonly maxBytes: number | null;
  /** Bytes after which nothing more is logged; null: no limit. */
  readonly maxTotalBytes: number | null;
  /** Keep old files instead of truncating. */
  readonly rotation: Rotation | null;
  /** Directories below which the file must be to be rotated; empty: anywhere. */
  readonly allowlist: readonly string[];
}

/** What becomes of a full log file. */
export interface Rotation {
  /** How many old files stay, `PATH.1` the newest. At least 1. */
  readonly files: number;
  readonly compress: 'gzip' | null;
  /** `--log-rotate`: also when a reopen is asked for and the file is still at its path. */
  readonly onReopen: boolean;
}

/** A log in the journal. */
export interface JournaldLog {
  /** Fields of every record, in order, besides MESSAGE, PRIORITY and CONTAINER_PARTIAL_MESSAGE. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Mark parts of a line with CONTAINER_PARTIAL_MESSAGE. */
  readonly partialMessage: boolean;
}

/** How the end of the container is reported. */
export interface Exit {
  /** Files that get the exit status, digits alone, in this order. */
  readonly files: readonly string[];
  readonly command: ExitCommand | null;
  /** Kill the container after this long; null: never. */
  readonly timeoutSeconds: number | null;
}

/** The program to run after the end. */
export interface ExitCommand {
  readonly argv: readonly string[];
  readonly delaySeconds: number;
}

/** The sd-notify relay. */
export interface Notify {
  /** Directory in which `notify.sock` is bound. */
  readonly directory: string;
  /** Address of the host's socket, as in `NOTIFY_SOCKET` (a leading `@` is an abstract name). */
  readonly host: string;
}

/** What a monitor gives up besides most of its capabilities. */
export interface Confinement {
  /** What all that it starts inherits: no new privileges, few system calls. Null when it will start an exit command. */
  readonly restrictions: Restrictions | null;
}

/** For a monitor that starts nothing any more. */
export interface Restrictions {
  /** Null: anywhere. */
  readonly writable: Writable | null;
}

/** Where a monitor still writes. */
export interface Writable {
  /** In these and below them. */
  readonly directories: readonly string[];
  /** If one of these is a symbolic link now, in the directory of the file that it leads to as well. */
  readonly files: readonly string[];
}
