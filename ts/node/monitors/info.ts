/** What is known of a monitor. Undefined is what the system does not let us see. */

import type { LogFormat } from '../../planner/plan.js';

/** A process that monitors a container, or an exec session in one. */
export interface MonitorInfo {
  /** Of the monitor. */
  readonly pid: number;
  /**
   * The user to whom the process belongs. Everything below comes from a process of this user: trust it as far as you
   * trust that user.
   */
  readonly uid: number;
  /**
   * It belongs neither to root nor to the caller, or it is in another pid namespace, where the payload of a container may be
   * root.
   */
  readonly isForeign: boolean;
  /**
   * The program: this project's, C conmon, or unknown without the right to inspect the process, and where any user may have
   * written the executable. For a foreign process it is only what its executable claims.
   */
  readonly kind: 'conmon-node' | 'conmon' | 'unknown';
  /** Its version: of a conmon-node that of this project, `0.1.0`; of a C conmon that of conmon, `2.1.6`. */
  readonly version: string | undefined;
  /** Id of the container; empty when there is a {@link MonitorInfo.problem}. */
  readonly cid: string;
  /** Name of the container, `--name`. */
  readonly name: string | undefined;
  /** `--cuuid`: the id of an exec session, or of the run of the container. */
  readonly cuuid: string | undefined;
  /** What it was started for; `exec` is an exec session in a running container. */
  readonly mode: 'create' | 'restore' | 'exec';
  /** The container has a terminal: all of its output is stdout. */
  readonly terminal: boolean;
  /**
   * `creating`: the container's pid is not known yet. `running`: it has a first process, whether it was started or only
   * created. `paused`: that process is frozen. `ended`: that process is gone, and the monitor reports it, runs the exit command,
   * or waits to. `stopped`: the monitor itself is stopped, by SIGSTOP or a debugger, whatever its container does. Undefined where
   * the system does not let us see it, as for most monitors of other users.
   */
  readonly state: 'creating' | 'running' | 'paused' | 'ended' | 'stopped' | undefined;
  /** First process of the container or of the exec session, in our pid namespace. */
  readonly containerPid: number | undefined;
  /** OCI bundle, as the monitor sees it. */
  readonly bundle: string | undefined;
  /**
   * The logs it writes, in the order of the command line: the format or `journald` as `driver`; the `path` of the file as it is
   * found from here, which `readLog` reads, undefined for the journal; and the `bytes` in that file now.
   */
  readonly logs: readonly {
    readonly driver: LogFormat | 'journald';
    readonly path: string | undefined;
    readonly bytes: number | undefined;
  }[];
  /** The attach socket, as it is found from here: `attach` connects to it. Undefined without one. */
  readonly attachSocket: string | undefined;
  /** The FIFO for resizing and reopening, as it is found from here. */
  readonly control: string | undefined;
  /** Where the exit status will be written, as it is found from here. */
  readonly exitFiles: readonly string[];
  /** When the monitor was started, to a hundredth of a second. */
  readonly startedAt: Date;
  /**
   * What it takes of the machine's memory in bytes, by proc_pid_smaps(5): `rss` is in RAM, shared or not; `anonymous` is backed by
   * no file, which only this process has; `pss` is its share where processes share pages.
   */
  readonly memory:
    | {
        readonly rss: number;
        readonly anonymous: number | undefined;
        readonly pss: number | undefined;
      }
    | undefined;
  /** How many clients are attached now. C conmon counts one that has left until it has output for it. */
  readonly clients: number | undefined;
  /** Why it could not be examined, or not in full: foreign processes get limited time. */
  readonly problem: string | undefined;
}

/** A log that a monitor writes. */
export type MonitorLog = MonitorInfo['logs'][number];

/** How far the container has got. */
export type MonitorState = MonitorInfo['state'];
