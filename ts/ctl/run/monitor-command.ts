/**
 * The command line of conmon, as Podman would write it for a container without a terminal.
 */

/** What one container's monitor has to know. All paths are absolute. */
export interface MonitorOrder {
  readonly id: string;
  readonly bundle: string;
  readonly runtime: string;
  /** Options of the runtime that come before its subcommand. */
  readonly runtimeOptions: readonly string[];
  readonly pidfile: string;
  readonly monitorPidfile: string;
  readonly exitDirectory: string;
  readonly persistDirectory: string;
  readonly log: string;
  readonly logLevel: string;
  readonly stdin: boolean;
  readonly terminal: boolean;
  readonly timeoutSeconds: number | undefined;
  /** Further options, as the user gave them. */
  readonly extra: readonly string[];
}

/** An option with its value, and what it is for. */
export interface OptionGroup {
  readonly args: readonly string[];
  readonly meaning: string;
}

/** The options in the order of the command line. */
export function monitorOptions(order: MonitorOrder): readonly OptionGroup[] {
  return [
    group('the sync pipe speaks protocol 1', '--api-version', '1'),
    group('container id', '--cid', order.id),
    group('id of this run of it', '--cuuid', order.id),
    group('OCI runtime', '--runtime', order.runtime),
    ...order.runtimeOptions.map((option) => group('for the runtime', '--runtime-arg', option)),
    group('OCI bundle: config.json, and the sockets', '--bundle', order.bundle),
    group("where the runtime leaves the container's pid", '--container-pidfile', order.pidfile),
    group("the monitor's own pid", '--conmon-pidfile', order.monitorPidfile),
    group('gets a file with the exit status', '--exit-dir', order.exitDirectory),
    group('the same, for whoever looks later', '--persist-dir', order.persistDirectory),
    group('the attach socket is in the bundle', '--full-attach'),
    group('where the output goes', '--log-path', `k8s-file:${order.log}`),
    group("of the monitor's own messages", '--log-level', order.logLevel),
    ...(order.terminal ? [group('the container has a terminal', '--terminal')] : []),
    ...(order.stdin ? [group('the container has an input', '--stdin')] : []),
    ...(order.timeoutSeconds === undefined
      ? []
      : [group('seconds until the container is killed', '--timeout', String(order.timeoutSeconds))]),
    ...order.extra.map((option) => group('given with --conmon-arg', option)),
  ];
}

function group(meaning: string, ...args: readonly string[]): OptionGroup {
  return { args, meaning };
}
