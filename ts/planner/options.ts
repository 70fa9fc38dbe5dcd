/** The value of an option: none, a text, a list of texts, or a number. */
export type OptionKind = 'help' | 'flag' | 'string' | 'strings' | 'int' | 'int64';

export interface OptionSpec {
  readonly kind: OptionKind;
  /** The letter after a single dash. */
  readonly short?: string;
  /** One line for `--help`, without a full stop. Longer text for the manual and the docs is in `ts/manual/option-details.ts`. */
  readonly describe: string;
  /** Name of the value in `--help`. */
  readonly placeholder?: string;
  /** Not shown by `--help`. */
  readonly hidden?: true;
  /** Another spelling of this option: values given to either are one list, or the last one wins. */
  readonly alias?: string;
}

/** Every option of conmon, in the order `--help` prints them: the one place to add another. */
export const OPTIONS = {
  help: { kind: 'help', short: 'h', describe: 'Show this help and exit' },
  'help-all': { kind: 'help', describe: 'Show this help and exit', hidden: true },
  version: { kind: 'flag', describe: 'Show version and commit and exit' },
  'api-version': { kind: 'flag', describe: 'Report on the sync pipe under the key "data"' },
  bundle: { kind: 'string', short: 'b', placeholder: 'DIR', describe: 'OCI bundle of the container' },
  cid: { kind: 'string', short: 'c', placeholder: 'ID', describe: 'Container ID (required)' },
  'conmon-pidfile': {
    kind: 'string',
    short: 'P',
    placeholder: 'FILE',
    describe: 'File for the pid of the monitor',
  },
  'container-pidfile': {
    kind: 'string',
    short: 'p',
    placeholder: 'FILE',
    describe: 'File for the pid of the container',
  },
  cuuid: { kind: 'string', short: 'u', placeholder: 'ID', describe: 'Unique ID of the container or exec session' },
  exec: { kind: 'flag', short: 'e', describe: 'Start an exec session in a running container' },
  'exec-attach': { kind: 'flag', describe: 'With --exec: wait for a client before starting' },
  'exec-process-spec': { kind: 'string', placeholder: 'FILE', describe: 'With --exec: OCI process description' },
  'exit-command': { kind: 'string', placeholder: 'PATH', describe: 'Program to run after the container exits' },
  'exit-command-arg': { kind: 'strings', placeholder: 'ARG', describe: 'Argument for the exit command (repeatable)' },
  'exit-delay': { kind: 'int', placeholder: 'SECONDS', describe: 'Seconds to wait before running the exit command' },
  'exit-dir': { kind: 'string', placeholder: 'DIR', describe: 'Directory for exit files, one per container' },
  'full-attach': { kind: 'flag', describe: 'No link to the attach socket in --socket-dir-path' },
  'leave-stdin-open': { kind: 'flag', describe: "Keep container stdin open when a client's input ends" },
  'log-level': {
    kind: 'string',
    placeholder: 'LEVEL',
    describe: 'Monitor messages: error, warning (default), info, debug or trace',
  },
  'log-path': {
    kind: 'strings',
    short: 'l',
    placeholder: '[DRIVER:]PATH',
    describe: 'Log: k8s-file:PATH, json-file:PATH, journald, passthrough or none (repeatable)',
  },
  'log-size-max': {
    kind: 'int64',
    placeholder: 'BYTES',
    describe: 'Truncate or rotate log files at this size',
  },
  'log-global-size-max': {
    kind: 'int64',
    placeholder: 'BYTES',
    describe: 'Stop logging after this many bytes in total',
  },
  'log-rotate': { kind: 'flag', describe: 'Keep full log files instead of truncating them' },
  'log-max-files': { kind: 'int', placeholder: 'N', describe: 'Number of full log files to keep (default 1)' },
  'log-allowlist-dir': {
    kind: 'strings',
    placeholder: 'DIR',
    describe: 'Rotate only log files below this directory (repeatable)',
  },
  'log-tag': { kind: 'string', placeholder: 'TAG', describe: 'Tag of journald records' },
  'log-label': { kind: 'strings', placeholder: 'KEY=VALUE', describe: 'Extra field of journald records (repeatable)' },
  'no-container-partial-message': { kind: 'flag', describe: 'Do not mark partial lines in journald records' },
  name: { kind: 'string', short: 'n', placeholder: 'NAME', describe: 'Container name' },
  'no-new-keyring': { kind: 'flag', describe: 'Do not create a session keyring' },
  'no-pivot': { kind: 'flag', describe: 'Do not use pivot_root' },
  'no-sync-log': { kind: 'flag', describe: 'Do not sync log files to disk at the end' },
  'persist-dir': {
    kind: 'string',
    short: '0',
    placeholder: 'DIR',
    describe: 'Directory for further exit and OOM files',
  },
  pidfile: {
    kind: 'string',
    placeholder: 'FILE',
    describe: 'Old name of --container-pidfile',
    hidden: true,
    alias: 'container-pidfile',
  },
  'replace-listen-pid': { kind: 'flag', describe: 'Set LISTEN_PID to the pid of the runtime' },
  restore: { kind: 'string', placeholder: 'DIR', describe: 'Restore the container from this checkpoint' },
  'restore-arg': {
    kind: 'strings',
    placeholder: 'ARG',
    describe: 'Old name of --runtime-opt',
    hidden: true,
    alias: 'runtime-opt',
  },
  runtime: { kind: 'string', short: 'r', placeholder: 'PATH', describe: 'Path of the OCI runtime (required)' },
  'runtime-arg': {
    kind: 'strings',
    placeholder: 'ARG',
    describe: 'Runtime argument before its subcommand (repeatable)',
  },
  'runtime-opt': {
    kind: 'strings',
    placeholder: 'ARG',
    describe: 'Runtime argument after its subcommand (repeatable)',
  },
  'sdnotify-socket': {
    kind: 'string',
    placeholder: 'PATH',
    describe: 'Relay sd-notify messages to this socket',
  },
  'socket-dir-path': {
    kind: 'string',
    placeholder: 'DIR',
    describe: 'Directory for links to attach sockets (default /var/run/crio)',
  },
  stdin: { kind: 'flag', short: 'i', describe: 'Give the container a pipe as stdin' },
  sync: { kind: 'flag', describe: 'Do not fork; stay the child of the caller' },
  syslog: { kind: 'flag', describe: 'Send monitor messages to syslog too' },
  'systemd-cgroup': { kind: 'flag', short: 's', describe: 'Manage cgroups through systemd' },
  terminal: { kind: 'flag', short: 't', describe: 'Give the container a terminal' },
  timeout: { kind: 'int', short: 'T', placeholder: 'SECONDS', describe: 'Seconds after which the container is killed' },
  'seccomp-notify-socket': { kind: 'string', placeholder: 'PATH', describe: 'Accepted and ignored' },
  'seccomp-notify-plugins': { kind: 'string', placeholder: 'PATHS', describe: 'Accepted and ignored' },
} as const satisfies Record<string, OptionSpec>;

/** The spelling of an option after two dashes. */
export type OptionName = keyof typeof OPTIONS;

/** The options of one kind. */
export type NamesOf<Kind extends OptionKind> = {
  [Name in OptionName]: (typeof OPTIONS)[Name]['kind'] extends Kind ? Name : never;
}[OptionName];

/** The same table for going through all of it. */
export const OPTION_SPECS: Readonly<Record<string, OptionSpec>> = OPTIONS;
