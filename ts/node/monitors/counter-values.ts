/** What a monitor counts. Generated from `counters.json` in `crates/core` by `npm run manuals`. */

/** The counters of one output stream of the container. Bytes and lines are those of its output, without framing. */
export interface StreamCounters {
  /** Bytes read from the container. */
  readonly bytes: number;
  /** Newlines read from the container; 0 without a log, where nothing looks for them. */
  readonly lines: number;
  /** Bytes of the container's output written to logs; the sum of all logs. */
  readonly loggedBytes: number;
  /** Lines of the container's output written to logs; the sum of all logs. */
  readonly loggedLines: number;
  /** Bytes that an error, such as a full disk, kept out of a log. */
  readonly lostBytes: number;
  /** Lines that an error, such as a full disk, kept out of a log. */
  readonly lostLines: number;
  /** Bytes that --log-global-size-max kept out of a log. */
  readonly withheldBytes: number;
  /** Lines that --log-global-size-max kept out of a log. */
  readonly withheldLines: number;
  /** Bytes sent to attach clients, counted for each client. */
  readonly attachedBytes: number;
}

/** What a monitor has counted since it started. */
export interface Counters {
  /** The container's stdout. */
  readonly stdout: StreamCounters;
  /** The container's stderr. */
  readonly stderr: StreamCounters;
  /** Bytes from attach clients that were written to the container's stdin. */
  readonly stdinBytes: number;
  /** Number of logs. */
  readonly logs: number;
  /** Bytes written to log files, framing included. */
  readonly logFileBytes: number;
  /** Full log files that were rotated or truncated. */
  readonly rotations: number;
  /** Full log files that could not be rotated or truncated. */
  readonly rotationFailures: number;
  /** Log files reopened on request. */
  readonly reopens: number;
  /** Log files that could not be reopened. */
  readonly reopenFailures: number;
  /** Bytes waiting for journald or for the reader of a FIFO. */
  readonly journalQueue: number;
  /** Attach clients that were accepted. */
  readonly clientsAccepted: number;
  /** Attach clients that were dropped because they did not read. */
  readonly clientsStalled: number;
  /** Times that the container ran out of memory. */
  readonly ooms: number;
  /** Times that the container was blocked by a client or log that did not read. */
  readonly pressureTimes: number;
  /** Time for which the container was blocked. In nanoseconds. */
  readonly pressureNanoseconds: number;
  /** Pid of the container's first process; 0 before it is known. */
  readonly pid: number;
  /** Attach clients that are connected. */
  readonly clients: number;
  /** Bytes waiting for each of them; for the first 383 clients. */
  readonly clientQueues: readonly number[];
  /** Whether the container is blocked. */
  readonly underPressure: boolean;
}

/** The page: its first word, the version of its layout, and where each part of it begins, in words. */
export const LAYOUT = {
  magic: 'conmonct',
  version: 1,
  words: { version: 1, sequence: 2, count: 3, cidLength: 4, cid: 5, values: 37, clients: 128 },
} as const;

/** The counters of a stream, in the order of the page. */
export const STREAM_COUNTERS = [
  { name: 'bytes', kind: 'counter', metric: 'conmon_output_bytes', help: 'Bytes read from the container.' },
  {
    name: 'lines',
    kind: 'counter',
    metric: 'conmon_output_lines',
    help: 'Newlines read from the container; 0 without a log, where nothing looks for them.',
  },
  {
    name: 'loggedBytes',
    kind: 'counter',
    metric: 'conmon_logged_bytes',
    help: "Bytes of the container's output written to logs; the sum of all logs.",
  },
  {
    name: 'loggedLines',
    kind: 'counter',
    metric: 'conmon_logged_lines',
    help: "Lines of the container's output written to logs; the sum of all logs.",
  },
  {
    name: 'lostBytes',
    kind: 'counter',
    metric: 'conmon_lost_bytes',
    help: 'Bytes that an error, such as a full disk, kept out of a log.',
  },
  {
    name: 'lostLines',
    kind: 'counter',
    metric: 'conmon_lost_lines',
    help: 'Lines that an error, such as a full disk, kept out of a log.',
  },
  {
    name: 'withheldBytes',
    kind: 'counter',
    metric: 'conmon_withheld_bytes',
    help: 'Bytes that --log-global-size-max kept out of a log.',
  },
  {
    name: 'withheldLines',
    kind: 'counter',
    metric: 'conmon_withheld_lines',
    help: 'Lines that --log-global-size-max kept out of a log.',
  },
  {
    name: 'attachedBytes',
    kind: 'counter',
    metric: 'conmon_attached_bytes',
    help: 'Bytes sent to attach clients, counted for each client.',
  },
] as const;

/** The counters of a monitor, in the order of the page; they follow those of both streams. */
export const MONITOR_COUNTERS = [
  {
    name: 'stdinBytes',
    kind: 'counter',
    metric: 'conmon_input_bytes',
    help: "Bytes from attach clients that were written to the container's stdin.",
  },
  { name: 'logs', kind: 'gauge', help: 'Number of logs.' },
  {
    name: 'logFileBytes',
    kind: 'counter',
    metric: 'conmon_log_file_bytes',
    help: 'Bytes written to log files, framing included.',
  },
  {
    name: 'rotations',
    kind: 'counter',
    metric: 'conmon_log_rotations',
    help: 'Full log files that were rotated or truncated.',
  },
  {
    name: 'rotationFailures',
    kind: 'counter',
    metric: 'conmon_log_rotation_failures',
    help: 'Full log files that could not be rotated or truncated.',
  },
  { name: 'reopens', kind: 'counter', metric: 'conmon_log_reopens', help: 'Log files reopened on request.' },
  {
    name: 'reopenFailures',
    kind: 'counter',
    metric: 'conmon_log_reopen_failures',
    help: 'Log files that could not be reopened.',
  },
  {
    name: 'journalQueue',
    kind: 'gauge',
    metric: 'conmon_journal_queue_bytes',
    help: 'Bytes waiting for journald or for the reader of a FIFO.',
  },
  {
    name: 'clientsAccepted',
    kind: 'counter',
    metric: 'conmon_attach_accepted',
    help: 'Attach clients that were accepted.',
  },
  {
    name: 'clientsStalled',
    kind: 'counter',
    metric: 'conmon_attach_stalled',
    help: 'Attach clients that were dropped because they did not read.',
  },
  { name: 'ooms', kind: 'counter', metric: 'conmon_oom', help: 'Times that the container ran out of memory.' },
  {
    name: 'pressureTimes',
    kind: 'counter',
    metric: 'conmon_pressure',
    help: 'Times that the container was blocked by a client or log that did not read.',
  },
  {
    name: 'pressureNanoseconds',
    kind: 'counter',
    metric: 'conmon_pressure_seconds',
    help: 'Time for which the container was blocked.',
  },
  {
    name: 'pressureSince',
    kind: 'gauge',
    help: 'Time of CLOCK_MONOTONIC since which the container is blocked; 0 if it is not.',
  },
  { name: 'pid', kind: 'gauge', help: "Pid of the container's first process; 0 before it is known." },
] as const;
