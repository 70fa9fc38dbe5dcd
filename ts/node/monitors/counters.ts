/** What a monitor counts while it runs. Read with `readCounters`. */

/** One of the container's outputs. Bytes and lines are the container's own, without what a log puts around them. */
export interface StreamCounters {
  /** Read from the container. */
  readonly bytes: number;
  /** Line ends among them. 0 without a log: then nobody looks for lines. */
  readonly lines: number;
  /** In the logs; with several logs, the sum. */
  readonly loggedBytes: number;
  readonly loggedLines: number;
  /** Kept out of a log by an error, such as a full disk. */
  readonly lostBytes: number;
  readonly lostLines: number;
  /** Kept out of a log by `--log-global-size-max`. */
  readonly withheldBytes: number;
  readonly withheldLines: number;
  /** Handed to attach clients, counted for each of them. */
  readonly attachedBytes: number;
}

/** What a monitor has seen and done since it began. */
export interface Counters {
  readonly stdout: StreamCounters;
  readonly stderr: StreamCounters;
  /** Bytes from attach clients that the container's input has taken. */
  readonly stdinBytes: number;
  /** How many logs there are. */
  readonly logs: number;
  /** Bytes written to log files, what stands around the container's output included. */
  readonly logFileBytes: number;
  /** Log files begun anew because one was full, and attempts that failed. */
  readonly rotations: number;
  readonly rotationFailures: number;
  /** Log files opened again because somebody asked for it, and attempts that failed. */
  readonly reopens: number;
  readonly reopenFailures: number;
  /** Bytes that wait for a log now: for journald, or for the reader of a FIFO. */
  readonly journalQueue: number;
  /** Attach clients there are now. */
  readonly clients: number;
  /** Bytes that wait for each of them now; of the first 383 clients. */
  readonly clientQueues: readonly number[];
  /** Clients let in so far, and those of them that were dropped because they read nothing. */
  readonly clientsAccepted: number;
  readonly clientsStalled: number;
  /** How often the kernel told that memory ran out in the container. */
  readonly ooms: number;
  /** How often the container had to wait because a client or journald was behind. */
  readonly pressureTimes: number;
  /** How long in all, in nanoseconds, up to now. */
  readonly pressureNanoseconds: number;
  /** Whether it waits now. */
  readonly underPressure: boolean;
  /** The container's first process; 0 before it is known. */
  readonly pid: number;
}

/** A monitor's counters, or why there are none: it is another program's, it is gone, or we may not look into it. */
export type CountersAnswer =
  { readonly counters: Counters } | { readonly unavailable: 'no counters' | 'no such process' | 'permission denied' };
