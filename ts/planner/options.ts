/** How an option takes its value: not at all, as text, as text every time it is given, or as a number. */
export type OptionKind = 'help' | 'flag' | 'string' | 'strings' | 'int' | 'int64';

export interface OptionSpec {
  readonly kind: OptionKind;
  /** The letter after a single dash. */
  readonly short?: string;
  /** One line for `--help`. */
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
  cid: { kind: 'string', short: 'c', placeholder: 'ID', describe: 'Container id (required)' },
  'conmon-pidfile': {
    kind: 'string',
    short: 'P',
    placeholder: 'FILE',
    describe: 'Where to write the pid of the monitor',
  },
  'container-pidfile': {
    kind: 'string',
    short: 'p',
    placeholder: 'FILE',
    describe: 'Where the runtime writes the pid of the container',
  },
  cuuid: { kind: 'string', short: 'u', placeholder: 'ID', describe: 'Unique id of the container or exec session' },
  exec: { kind: 'flag', short: 'e', describe: 'Run a further process in a running container' },
  'exec-attach': { kind: 'flag', describe: 'With --exec: wait for a client before the process is run' },
  'exec-process-spec': { kind: 'string', placeholder: 'FILE', describe: 'With --exec: OCI description of the process' },
  'exit-command': { kind: 'string', placeholder: 'PATH', describe: 'Program to run when the container has ended' },
  'exit-command-arg': { kind: 'strings', placeholder: 'ARG', describe: 'Argument of that program (repeatable)' },
  'exit-delay': { kind: 'int', placeholder: 'SECONDS', describe: 'Wait this long before that program is run' },
  'exit-dir': { kind: 'string', placeholder: 'DIR', describe: 'Directory of the exit files, one for each container' },
  'full-attach': { kind: 'flag', describe: 'Attach socket in the bundle, without a link below --socket-dir-path' },
  'leave-stdin-open': { kind: 'flag', describe: 'Keep stdin of the container open when a client goes away' },
  'log-level': {
    kind: 'string',
    placeholder: 'LEVEL',
    describe: 'Own messages: error, warning (default), info, debug or trace',
  },
  'log-path': {
    kind: 'strings',
    short: 'l',
    placeholder: '[DRIVER:]PATH',
    describe: 'Log: k8s-file:PATH, json-file:PATH, journald, passthrough or none (repeatable)',
  },
  'log-size-max': { kind: 'int64', placeholder: 'BYTES', describe: 'Begin a fresh log file at this size' },
  'log-global-size-max': { kind: 'int64', placeholder: 'BYTES', describe: 'Stop logging after so much in all' },
  'log-rotate': { kind: 'flag', describe: 'Keep full log files instead of truncating' },
  'log-max-files': { kind: 'int', placeholder: 'N', describe: 'How many full log files are kept (default 1)' },
  'log-allowlist-dir': {
    kind: 'strings',
    placeholder: 'DIR',
    describe: 'Rotate only below this directory (repeatable)',
  },
  'log-tag': { kind: 'string', placeholder: 'TAG', describe: 'Tag of journald records' },
  'log-label': { kind: 'strings', placeholder: 'KEY=VALUE', describe: 'Field of journald records (repeatable)' },
  'no-container-partial-message': { kind: 'flag', describe: 'Do not mark parts of a line in journald' },
  name: { kind: 'string', short: 'n', placeholder: 'NAME', describe: 'Name of the container' },
  'no-new-keyring': { kind: 'flag', describe: 'Runtime: do not create a session keyring' },
  'no-pivot': { kind: 'flag', describe: 'Runtime: do not use pivot_root' },
  'no-sync-log': { kind: 'flag', describe: 'Do not flush the log to disk at the end' },
  'persist-dir': {
    kind: 'string',
    short: '0',
    placeholder: 'DIR',
    describe: 'Directory that also gets exit and oom files',
  },
  pidfile: {
    kind: 'string',
    placeholder: 'FILE',
    describe: 'Old name of --container-pidfile',
    hidden: true,
    alias: 'container-pidfile',
  },
  'replace-listen-pid': { kind: 'flag', describe: 'Put the pid of the runtime into LISTEN_PID' },
  restore: { kind: 'string', placeholder: 'DIR', describe: 'Restore the container from this checkpoint' },
  'restore-arg': {
    kind: 'strings',
    placeholder: 'ARG',
    describe: 'Old name of --runtime-opt',
    hidden: true,
    alias: 'runtime-opt',
  },
  runtime: { kind: 'string', short: 'r', placeholder: 'PATH', describe: 'The OCI runtime (required)' },
  'runtime-arg': { kind: 'strings', placeholder: 'ARG', describe: 'Argument before its subcommand (repeatable)' },
  'runtime-opt': { kind: 'strings', placeholder: 'ARG', describe: 'Argument after its subcommand (repeatable)' },
  'sdnotify-socket': { kind: 'string', placeholder: 'PATH', describe: 'Relay sd-notify messages to this socket' },
  'socket-dir-path': {
    kind: 'string',
    placeholder: 'DIR',
    describe: 'Directory of links to attach sockets (default /var/run/crio)',
  },
  stdin: { kind: 'flag', short: 'i', describe: 'Give the container a pipe as stdin' },
  sync: { kind: 'flag', describe: 'Do not fork: stay the child of the caller' },
  syslog: { kind: 'flag', describe: 'Own messages also to syslog' },
  'systemd-cgroup': { kind: 'flag', short: 's', describe: 'Runtime: cgroups through systemd' },
  terminal: { kind: 'flag', short: 't', describe: 'Give the container a terminal' },
  timeout: { kind: 'int', short: 'T', placeholder: 'SECONDS', describe: 'Kill the container after this long' },
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
