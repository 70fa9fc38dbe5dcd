/** What is known of a monitor. Whatever the system does not let us see is undefined. */

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
  /** Its share, where pages are divided among those who use them. */
  readonly pss: number | undefined;
}

/**
 * `creating`: the container's pid is not known yet. `running`: it has a first process, whether it was started or only
 * created. `ended`: that process is gone, and the monitor reports it, runs the exit command, or waits to.
 */
export type MonitorState = 'creating' | 'running' | 'ended';

/** A process that monitors a container, or a further process in one. */
export interface MonitorInfo {
  /** Of the monitor. */
  readonly pid: number;
  /**
   * The user to whom the process belongs. All that follows is what a process of this user says: it is to be believed as far as
   * that user is.
   */
  readonly uid: number;
  /**
   * It belongs neither to root nor to the caller, or it lives in another pid namespace, where the payload of a container may
   * be root.
   */
  readonly isForeign: boolean;
  /**
   * The program: this project's, C conmon, or unknown without the right to look into the process, and where any user may have
   * made the executable. Of another user's process it is only what its executable says.
   */
  readonly kind: 'conmon-node' | 'conmon' | 'unknown';
  /** Its version, `2.2.1`. */
  readonly version: string | undefined;
  /** Id of the container; empty when there is a {@link MonitorInfo.problem}. */
  readonly cid: string;
  /** Name of the container, `--name`. */
  readonly name: string | undefined;
  /** `--cuuid`: with `exec` the id of the session, else of the run of the container. */
  readonly cuuid: string | undefined;
  /** What it was started for; `exec` is a further process in a running container. */
  readonly mode: 'create' | 'restore' | 'exec';
  /** The container has a terminal: all of its output is stdout. */
  readonly terminal: boolean;
  /** How far the container has got. */
  readonly state: MonitorState;
  /** First process of the container or of the exec, in our pid namespace. */
  readonly containerPid: number | undefined;
  /** OCI bundle, as the monitor sees it. */
  readonly bundle: string | undefined;
  /** The logs it writes, in the order of the command line. */
  readonly logs: readonly MonitorLog[];
  /** The attach socket, as it is found from here: `attach` connects to it. Undefined: nobody can attach. */
  readonly attachSocket: string | undefined;
  /** The FIFO for resizing and reopening, as it is found from here. */
  readonly control: string | undefined;
  /** Where the exit status will be written, as it is found from here. */
  readonly exitFiles: readonly string[];
  /** When the monitor was started, to a hundredth of a second. */
  readonly startedAt: Date;
  /** What it takes of the machine's memory. */
  readonly memory: MonitorMemory | undefined;
  /** How many are attached now. C conmon keeps one that has left until it has output for it. */
  readonly clients: number | undefined;
  /** Why it could not be examined, or not in full: processes of other users get limited time. */
  readonly problem: string | undefined;
}
