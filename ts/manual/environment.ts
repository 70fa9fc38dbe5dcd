/**
 * Environment variables that the monitor reads, for its manual.
 */
export const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['**CONMON_LOG_ROTATE**=*N*', 'Keep *N* full log files, unless **--log-rotate** is given.'],
  ['**CONMON_LOG_COMPRESS**=gzip', 'Compress kept log files to *PATH*.*N*.gz, without blocking the container.'],
  ['**CONMON_LOG_LOSS_MARKER**=0', 'Write no record of how much was lost while the log could not be written.'],
  [
    '**CONMON_ATTACH_STALL_SECONDS**=*N*',
    'Seconds for which an attach client that does not read may block the container; default 10, 0 means not at all.',
  ],
  ['**CONMON_EXIT_COMMANDS**=*N*', 'Run at most *N* exit commands of finished exec sessions at a time; default 2.'],
  [
    '**CONMON_GUARDIAN**=1',
    'Keep a process above the monitor that starts another one if the monitor is killed; see docs/operating.md, "Guardian".',
  ],
  [
    '**CONMON_CONFINE**=off',
    'Keep all capabilities and system calls once the container runs; see docs/operating.md, "Confinement".',
  ],
  ['**TMPDIR**', "Directory for the socket through which a runtime sends the container's terminal."],
  ['**TZ**', 'Offset of the times in k8s-file logs.'],
  [
    '**_OCI_SYNCPIPE**, **_OCI_STARTPIPE**, **_OCI_ATTACHPIPE**',
    'Descriptors of the pipes on which the manager reads reports, sends the start byte, and learns that clients can connect.',
  ],
  [
    '**LISTEN_PID**, **LISTEN_FDS**',
    'Socket activation (sd_listen_fds(3)): if **LISTEN_PID** names the monitor, the runtime receives its own pid there.',
  ],
];
