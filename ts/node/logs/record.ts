/** The records of a log, whatever its format. */

/** One record of a log: a line of the container's output, or a part of one. */
export interface LogRecord {
  /**
   * When the monitor read it, as the log has it: RFC 3339 with up to nine digits of a second, for example
   * `2026-11-24T18:10:00.123456789+05:30`. From the journal in UTC with six digits. {@link dateOf} and
   * {@link nanosecondsOf} read it.
   */
  readonly time: string;
  /** The container's output it comes from. With a terminal all output is `stdout`. */
  readonly stream: 'stdout' | 'stderr';
  /** The line continues in the next record of the same stream. {@link joinLines} joins them. */
  readonly partial: boolean;
  /**
   * What the container wrote, byte for byte, without the newline that ends a whole line. It is a view of a larger part
   * of the log: copy it (`Buffer.from(text)`) to keep it for long.
   */
  readonly text: Buffer;
  /** Only the beginning of the text could be read: the line in the log is longer than 16 MiB, or its file is damaged there. */
  readonly truncated?: true;
}

/** Stream of a record. */
export type LogStream = LogRecord['stream'];
