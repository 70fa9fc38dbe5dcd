/**
 * What the manual, docs/parity.md and the library's `ConmonOptions` say about each option after the line of `--help`. It is not
 * in `ts/planner/options.ts` because that is part of what runs for every container.
 */
import type { OptionName } from '../planner/options.js';

/** One option in more detail. Texts are whole sentences; options are written `--name`, code has backticks. */
export interface OptionDetails {
  /** Defaults, constraints and effects; empty if the line of `--help` says it all. */
  readonly text: string;
  /** The first release of C conmon that has the option; absent: 2.1.6 has it. */
  readonly since?: '2.2';
  /** Not a member of `ConmonOptions`: it prints a text, is an old name, or is ignored. */
  readonly commandLineOnly?: true;
}

/** By the option's name. */
export const OPTION_DETAILS: Readonly<Record<OptionName, OptionDetails>> = {
  help: { text: 'Also `-?`.', commandLineOnly: true },
  'help-all': { text: 'The same as --help.', commandLineOnly: true },
  version: {
    text: 'Prints `conmon version X.Y.Z` and `commit: …`. Takes precedence over all other options but --help.',
    commandLineOnly: true,
  },
  'api-version': {
    text: 'Podman reads that key; CRI-O reads `pid` and `exit_code`. A flag: the `1` that Podman passes after it is ignored.',
  },
  bundle: { text: 'A directory with a `config.json`. Default: the working directory, but none with --exec.' },
  cid: { text: '' },
  'conmon-pidfile': { text: 'Digits only, replaced by rename. Not written with --sync.' },
  'container-pidfile': { text: 'The runtime writes it. Default: `pidfile-CID` in the working directory.' },
  cuuid: { text: 'Required, except with --exec and without --api-version.' },
  exec: { text: 'Needs --exec-process-spec; excludes --restore.' },
  'exec-attach': { text: 'Needs --exec, --api-version and `_OCI_ATTACHPIPE`.' },
  'exec-process-spec': { text: 'A file with the `process` object of the OCI runtime specification.' },
  'exit-command': {
    text:
      'It is not a child subreaper, inherits no descriptor above 2, and has the signal dispositions and the OOM score that the ' +
      'caller gave to the monitor.',
  },
  'exit-command-arg': { text: 'The next word is the value, even if it starts with a dash.' },
  'exit-delay': { text: 'At least 0. The child waits, not the monitor.' },
  'exit-dir': { text: 'The file is named `CID` and holds the exit status, digits only. It is replaced by rename.' },
  'full-attach': { text: 'Clients connect to `attach` in the bundle.' },
  'leave-stdin-open': { text: 'Without it, the end of the input of any client closes the pipe.' },
  'log-level': { text: 'Case is ignored; `fatal` and `panic` mean error, `warn` means warning.' },
  'log-path': { text: 'Each log receives all output. A path alone is a k8s-file; `null` and `off` mean none.' },
  'log-size-max': { text: 'At most 0: no limit. What the file already holds counts.' },
  'log-global-size-max': { text: 'At most 0: no limit. Logging stops before the record that would exceed it.' },
  'log-rotate': { text: '', since: '2.2' },
  'log-max-files': { text: 'At least 0; with --log-rotate, at least 1.', since: '2.2' },
  'log-allowlist-dir': { text: '', since: '2.2' },
  'log-tag': { text: 'Refused if all logs are files.' },
  'log-label': { text: 'The value is everything after the first `=`. Refused if all logs are files.', since: '2.2' },
  'no-container-partial-message': { text: 'Leaves `CONTAINER_PARTIAL_MESSAGE` out.', since: '2.2' },
  name: { text: '' },
  'no-new-keyring': { text: 'Passed to the runtime, except with --exec.' },
  'no-pivot': { text: 'Passed to the runtime, except with --exec.' },
  'no-sync-log': { text: 'Without it, log files are synced once, after the exit has been reported.' },
  'persist-dir': {
    text: 'Gets the files `exit` and `oom`. `exit` is written before the file in --exit-dir.',
  },
  pidfile: { text: '', commandLineOnly: true },
  'replace-listen-pid': { text: 'Without it, only if `LISTEN_PID` is the pid of the monitor.' },
  restore: { text: 'A directory that the runtime reads.' },
  'restore-arg': { text: '', commandLineOnly: true },
  runtime: { text: 'An executable file.' },
  'runtime-arg': { text: '' },
  'runtime-opt': { text: '' },
  'sdnotify-socket': { text: 'The container sends to `notify/notify.sock` in the bundle.' },
  'socket-dir-path': { text: 'The link is named after --cuuid.' },
  stdin: { text: '' },
  sync: { text: '' },
  syslog: { text: '' },
  'systemd-cgroup': { text: 'Passed to the runtime, except with --exec.' },
  terminal: { text: '' },
  timeout: { text: 'Its process group is killed with it if it leads one. The exit status is −1.' },
  'seccomp-notify-socket': { text: 'With a warning.', commandLineOnly: true },
  'seccomp-notify-plugins': { text: 'With a warning.', commandLineOnly: true },
};
