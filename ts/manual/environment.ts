/**
 * Variables of the environment that the monitor looks at, for its manual.
 */
export const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['**CONMON_LOG_ROTATE**=*N*', 'Keep *N* full log files, where **--log-rotate** is not given.'],
  [
    '**CONMON_LOG_COMPRESS**=gzip',
    'Compress the log files that are kept, to *PATH*.*N*.gz. The container is not held up by that.',
  ],
  ['**CONMON_LOG_LOSS_MARKER**=0', 'No record in the log that tells how much was lost while it could not be written.'],
  [
    '**CONMON_ATTACH_STALL_SECONDS**=*N*',
    'How long an attach client that reads nothing may hold up the container; default 10, and 0 is not at all.',
  ],
  [
    '**CONMON_CONFINE**=off',
    'Keep all capabilities and system calls once the container runs; see docs/operating.md, "Confinement".',
  ],
  ['**TMPDIR**', "Where the socket is made through which a runtime sends the container's terminal."],
  ['**TZ**', 'Decides the offset of the times in k8s-file logs.'],
  [
    '**_OCI_SYNCPIPE**, **_OCI_STARTPIPE**, **_OCI_ATTACHPIPE**',
    'Numbers of descriptors through which a manager gets reports, lets the monitor begin, and hears that clients can connect.',
  ],
  [
    '**LISTEN_PID**, **LISTEN_FDS**',
    'Socket activation (sd_listen_fds(3)): **LISTEN_PID** is put right for the runtime if it named the monitor.',
  ],
];
