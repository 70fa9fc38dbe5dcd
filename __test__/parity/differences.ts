/**
 * Intended differences from C conmon 2.1.6. A difference not listed here fails the parity test, and so does a row that no
 * longer occurs.
 */

export interface Difference {
  /** Scenarios in which it occurs. */
  readonly scenarios: RegExp;
  /** Facts that differ. */
  readonly fact: RegExp;
  readonly reason: string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    scenarios: /^(create|restore|exec, podman)/,
    fact: /^(ready|running|end): bundle\/(ctl|winsz)$/,
    reason: 'The FIFOs have mode 0660, as C conmon means them; its umask takes the group its right to write.',
  },
  {
    scenarios: /^(create|restore|exec)/,
    fact: /^(ready|running|end): log$/,
    reason: 'Logs have mode 0640 as in 2.2.1, so that log collectors of the group can read them.',
  },
  {
    scenarios: /^(create|restore|exec, podman)/,
    fact: /^container: SigIgn$/,
    reason: 'The monitor ignores SIGPIPE; the runtime gets the default back, as runtimes do not all reset it.',
  },
  {
    scenarios: /^(create|restore|exec, podman)/,
    fact: /^monitor: ignored signals$/,
    reason:
      'The monitor ignores SIGXFSZ, too: a limit on the size of files fails a write to the log, and does not end the monitor.',
  },
  {
    scenarios: /^(create|restore|exec, podman)/,
    fact: /^(running|ready): bundle\/conmon\.sock$/,
    reason: 'The private socket through which the monitor adopts exit commands of exec sessions and is upgraded.',
  },
  {
    scenarios: /^(create|restore)/,
    fact: /^running: record beside the pid file$/,
    reason: 'The file beside the pidfile from which `conmonctl rescue` starts another monitor if this one is killed.',
  },
  {
    scenarios: /cri-o/,
    fact: /^end: sockets\/CID$/,
    reason: 'The link to the bundle is removed at the end, as in 2.2.1: nothing collects in the socket directory.',
  },
  {
    scenarios: /runtime (fails|killed)/,
    fact: /^end: bundle\/attach$/,
    reason: 'The attach socket is also removed when there never was a container.',
  },
  {
    scenarios: /^exec, cri-o/,
    fact: /^end: bundle\/(ctl|winsz)$/,
    reason: 'An exec session of CRI-O has no attach socket and no FIFOs: its bundle is only a working directory.',
  },
  {
    scenarios: /^refusal/,
    fact: /^(sync|attach) pipe$/,
    reason: 'An error in the command line is also reported to the manager on its pipe.',
  },
  {
    scenarios: /^refusal: (unknown option|missing value|bad number)$/,
    fact: /^std(out|err)$/,
    reason: 'Errors go to stderr, as in 2.2.1, and in UTF-8 whatever the locale.',
  },
];
