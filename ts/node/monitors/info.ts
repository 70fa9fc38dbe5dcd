/** What is known of a monitor. Undefined is what the system does not let us see. */

/** A log that a monitor writes. */
export interface MonitorLog {
  /** Format or place. */
  readonly driver: 'k8s-file' | 'json-file' | 'journald';
  /** The file, as it is found from here; undefined for the journal. `readLog` reads it. */
  readonly path: string | undefined;
  /** Bytes in that file now. */
  readonly bytes: number | undefined;
}

/** Memory of a monitor in bytes, by proc_pid_smaps(5). */
export interface MonitorMemory {
  /** In RAM, shared or not. */
  readonly rss: number;
  /** Backed by no file: what only this process has, and costs. */
  readonly anonymous: number | undefined;
  /** Its share, where pages are divided among the processes that use them. */
  readonly pss: number | undefined;
}

/** A process that monitors a container, or an exec session in one. */
export interface MonitorInfo {
  /** Of the monitor. */
  readonly pid: number;
  /**
   * The user to whom the process belongs. Everything below comes from a process of this user: believe it as far as you believe
   * that user.
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
  /** Its version, `2.2.1`. */
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
   * created. `ended`: that process is gone, and the monitor reports it, runs the exit command, or waits to.
   */
  readonly state: 'creating' | 'running' | 'ended';
  /** First process of the container or of the exec session, in our pid namespace. */
  readonly containerPid: number | undefined;
  /** OCI bundle, as the monitor sees it. */
  readonly bundle: string | undefined;
  /** The logs it writes, in the order of the command line. */
  readonly logs: readonly MonitorLog[];
  /** The attach socket, as it is found from here: `attach` connects to it. Undefined when there is none. */
  readonly attachSocket: string | undefined;
  /** The FIFO for resizing and reopening, as it is found from here. */
  readonly control: string | undefined;
  /** Where the exit status will be written, as it is found from here. */
  readonly exitFiles: readonly string[];
  /** When the monitor was started, to a hundredth of a second. */
  readonly startedAt: Date;
  /** What it takes of the machine's memory. */
  readonly memory: MonitorMemory | undefined;
  /** How many clients are attached now. C conmon counts one that has left until it has output for it. */
  readonly clients: number | undefined;
  /** Why it could not be examined, or not in full: foreign processes get limited time. */
  readonly problem: string | undefined;
}

/** How far the container has got. */
export type MonitorState = MonitorInfo['state'];
