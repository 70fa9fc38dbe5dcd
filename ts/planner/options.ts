import { LOG_FORMATS } from './plan.js';

/** The value of an option: none, a text, a list of texts, or a number. */
export type OptionKind = 'help' | 'flag' | 'string' | 'strings' | 'int' | 'int64';

export interface OptionSpec {
  readonly kind: OptionKind;
  /** The letter after a single dash. */
  readonly short?: string;
  /** One line for `--help`, without a full stop. */
  readonly describe: string;
  /**
   * What the manual, docs/parity.md and the library's `ConmonOptions` say after that line: defaults, constraints and effects in
   * whole sentences, options written `--name`; empty if the line says it all. The planner's bundle does not contain it.
   */
  readonly details: string;
  /** The first release of C conmon that has the option; absent: 2.1.6 has it. */
  readonly since?: '2.2';
  /** Not a member of `ConmonOptions`: it prints a text, is an old name, or is ignored. */
  readonly commandLineOnly?: true;
  /** Name of the value in `--help`. */
  readonly placeholder?: string;
  /** Not shown by `--help`. */
  readonly hidden?: true;
  /** Another spelling of this option: values given to either are one list, or the last one wins. */
  readonly alias?: string;
}

/** The values of `--log-path` that keep a file. */
const FILES = Object.keys(LOG_FORMATS)
  .map((format) => `${format}:PATH`)
  .join(', ');

/** Every option of conmon, in the order `--help` prints them: the one place to add another. */
export const OPTIONS = {
  help: { kind: 'help', short: 'h', describe: 'Show this help and exit', details: 'Also `-?`.', commandLineOnly: true },
  'help-all': {
    kind: 'help',
    describe: 'Show this help and exit',
    hidden: true,
    details: 'The same as --help.',
    commandLineOnly: true,
  },
  version: {
    kind: 'flag',
    describe: 'Show version and commit and exit',
    details:
      'Prints `conmon version X.Y.Z`, the C conmon whose interface this is, and `commit: conmon-node-X.Y.Z-COMMIT`, the version of this program. Takes precedence over all other options but --help.',
    commandLineOnly: true,
  },
  'api-version': {
    kind: 'flag',
    describe: 'Report on the sync pipe under the key "data"',
    details:
      'Podman reads that key; CRI-O reads `pid` and `exit_code`. A flag: the `1` that Podman passes after it is ignored.',
  },
  bundle: {
    kind: 'string',
    short: 'b',
    placeholder: 'DIR',
    describe: 'OCI bundle of the container',
    details: 'A directory with a `config.json`. Default: the working directory, but none with --exec.',
  },
  cid: { kind: 'string', short: 'c', placeholder: 'ID', describe: 'Container ID (required)', details: '' },
  'conmon-pidfile': {
    kind: 'string',
    short: 'P',
    placeholder: 'FILE',
    describe: 'File for the pid of the monitor',
    details: 'Digits only, replaced by rename. Not written with --sync.',
  },
  'container-pidfile': {
    kind: 'string',
    short: 'p',
    placeholder: 'FILE',
    describe: 'File for the pid of the container',
    details: 'The runtime writes it. Default: `pidfile-CID` in the working directory.',
  },
  cuuid: {
    kind: 'string',
    short: 'u',
    placeholder: 'ID',
    describe: 'Unique ID of the container or exec session',
    details: 'Required, except with --exec and without --api-version.',
  },
  exec: {
    kind: 'flag',
    short: 'e',
    describe: 'Start an exec session in a running container',
    details: 'Needs --exec-process-spec; excludes --restore.',
  },
  'exec-attach': {
    kind: 'flag',
    describe: 'With --exec: wait for a client before starting',
    details: 'Needs --exec, --api-version and `_OCI_ATTACHPIPE`.',
  },
  'exec-process-spec': {
    kind: 'string',
    placeholder: 'FILE',
    describe: 'With --exec: OCI process description',
    details: 'A file with the `process` object of the OCI runtime specification.',
  },
  'exit-command': {
    kind: 'string',
    placeholder: 'PATH',
    describe: 'Program to run after the container exits',
    details:
      'It is not a child subreaper, inherits no descriptor above 2, and has the signal dispositions and the OOM score that the ' +
      'caller gave to the monitor.',
  },
  'exit-command-arg': {
    kind: 'strings',
    placeholder: 'ARG',
    describe: 'Argument for the exit command (repeatable)',
    details: 'The next word is the value, even if it starts with a dash.',
  },
  'exit-delay': {
    kind: 'int',
    placeholder: 'SECONDS',
    describe: 'Seconds to wait before running the exit command',
    details:
      'At least 0. A child waits, not the monitor; that of an exec session leaves its command to the monitor of the container.',
  },
  'exit-dir': {
    kind: 'string',
    placeholder: 'DIR',
    describe: 'Directory for exit files, one per container',
    details: 'The file is named `CID` and holds the exit status, digits only. It is replaced by rename.',
  },
  'full-attach': {
    kind: 'flag',
    describe: 'No link to the attach socket in --socket-dir-path',
    details: 'Clients connect to `attach` in the bundle.',
  },
  'leave-stdin-open': {
    kind: 'flag',
    describe: "Keep container stdin open when a client's input ends",
    details: 'Without it, the end of the input of any client closes the pipe.',
  },
  'log-level': {
    kind: 'string',
    placeholder: 'LEVEL',
    describe: 'Monitor messages: error, warning (default), info, debug or trace',
    details: 'Case is ignored; `fatal` and `panic` mean error, `warn` means warning.',
  },
  'log-path': {
    kind: 'strings',
    short: 'l',
    placeholder: '[DRIVER:]PATH',
    describe: `Log: ${FILES}, journald, passthrough or none (repeatable)`,
    details: 'Each log receives all output. A path alone is a k8s-file; `null` and `off` mean none.',
  },
  'log-size-max': {
    kind: 'int64',
    placeholder: 'BYTES',
    describe: 'Truncate or rotate log files at this size',
    details: 'At most 0: no limit. What the file already holds counts.',
  },
  'log-global-size-max': {
    kind: 'int64',
    placeholder: 'BYTES',
    describe: 'Stop logging after this many bytes in total',
    details: 'At most 0: no limit. Logging stops before the record that would exceed it.',
  },
  'log-rotate': { kind: 'flag', describe: 'Keep full log files instead of truncating them', details: '', since: '2.2' },
  'log-max-files': {
    kind: 'int',
    placeholder: 'N',
    describe: 'Number of full log files to keep (default 1)',
    details: 'At least 0; with --log-rotate, at least 1.',
    since: '2.2',
  },
  'log-allowlist-dir': {
    kind: 'strings',
    placeholder: 'DIR',
    describe: 'Rotate only log files below this directory (repeatable)',
    details: '',
    since: '2.2',
  },
  'log-tag': {
    kind: 'string',
    placeholder: 'TAG',
    describe: 'Tag of journald records',
    details: 'Refused if all logs are files.',
  },
  'log-label': {
    kind: 'strings',
    placeholder: 'KEY=VALUE',
    describe: 'Extra field of journald records (repeatable)',
    details: 'The value is everything after the first `=`. Refused if all logs are files.',
    since: '2.2',
  },
  'no-container-partial-message': {
    kind: 'flag',
    describe: 'Do not mark partial lines in journald records',
    details: 'Leaves `CONTAINER_PARTIAL_MESSAGE` out.',
    since: '2.2',
  },
  name: { kind: 'string', short: 'n', placeholder: 'NAME', describe: 'Container name', details: '' },
  'no-new-keyring': {
    kind: 'flag',
    describe: 'Do not create a session keyring',
    details: 'Passed to the runtime, except with --exec.',
  },
  'no-pivot': {
    kind: 'flag',
    describe: 'Do not use pivot_root',
    details: 'Passed to the runtime, except with --exec.',
  },
  'no-sync-log': {
    kind: 'flag',
    describe: 'Do not sync log files to disk at the end',
    details: 'Without it, log files are synced once, after the exit has been reported.',
  },
  'persist-dir': {
    kind: 'string',
    short: '0',
    placeholder: 'DIR',
    describe: 'Directory for further exit and OOM files',
    details: 'Gets the files `exit` and `oom`. `exit` is written before the file in --exit-dir.',
  },
  pidfile: {
    kind: 'string',
    placeholder: 'FILE',
    describe: 'Old name of --container-pidfile',
    hidden: true,
    alias: 'container-pidfile',
    details: '',
    commandLineOnly: true,
  },
  'replace-listen-pid': {
    kind: 'flag',
    describe: 'Set LISTEN_PID to the pid of the runtime',
    details: 'Without it, only if `LISTEN_PID` is the pid of the monitor.',
  },
  restore: {
    kind: 'string',
    placeholder: 'DIR',
    describe: 'Restore the container from this checkpoint',
    details: 'A directory that the runtime reads.',
  },
  'restore-arg': {
    kind: 'strings',
    placeholder: 'ARG',
    describe: 'Old name of --runtime-opt',
    hidden: true,
    alias: 'runtime-opt',
    details: '',
    commandLineOnly: true,
  },
  runtime: {
    kind: 'string',
    short: 'r',
    placeholder: 'PATH',
    describe: 'Path of the OCI runtime (required)',
    details: 'An executable file.',
  },
  'runtime-arg': {
    kind: 'strings',
    placeholder: 'ARG',
    describe: 'Runtime argument before its subcommand (repeatable)',
    details: '',
  },
  'runtime-opt': {
    kind: 'strings',
    placeholder: 'ARG',
    describe: 'Runtime argument after its subcommand (repeatable)',
    details: '',
  },
  'sdnotify-socket': {
    kind: 'string',
    placeholder: 'PATH',
    describe: 'Relay sd-notify messages to this socket',
    details: 'The container sends to `notify/notify.sock` in the bundle.',
  },
  'socket-dir-path': {
    kind: 'string',
    placeholder: 'DIR',
    describe: 'Directory for links to attach sockets (default /var/run/crio)',
    details: 'The link is named after --cuuid.',
  },
  stdin: { kind: 'flag', short: 'i', describe: 'Give the container a pipe as stdin', details: '' },
  sync: { kind: 'flag', describe: 'Do not fork; stay the child of the caller', details: '' },
  syslog: { kind: 'flag', describe: 'Send monitor messages to syslog too', details: '' },
  'systemd-cgroup': {
    kind: 'flag',
    short: 's',
    describe: 'Manage cgroups through systemd',
    details: 'Passed to the runtime, except with --exec.',
  },
  terminal: { kind: 'flag', short: 't', describe: 'Give the container a terminal', details: '' },
  timeout: {
    kind: 'int',
    short: 'T',
    placeholder: 'SECONDS',
    describe: 'Seconds after which the container is killed',
    details: 'Its process group is killed with it if it leads one. The exit status is −1.',
  },
  'seccomp-notify-socket': {
    kind: 'string',
    placeholder: 'PATH',
    describe: 'Accepted and ignored',
    details: 'With a warning.',
    commandLineOnly: true,
  },
  'seccomp-notify-plugins': {
    kind: 'string',
    placeholder: 'PATHS',
    describe: 'Accepted and ignored',
    details: 'With a warning.',
    commandLineOnly: true,
  },
} as const satisfies Record<string, OptionSpec>;

/** The spelling of an option after two dashes. */
export type OptionName = keyof typeof OPTIONS;

/** The options of one kind. */
export type NamesOf<Kind extends OptionKind> = {
  [Name in OptionName]: (typeof OPTIONS)[Name]['kind'] extends Kind ? Name : never;
}[OptionName];

/** The same table for going through all of it. */
export const OPTION_SPECS: Readonly<Record<string, OptionSpec>> = OPTIONS;
