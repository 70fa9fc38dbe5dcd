/** What a log is made of, whatever its format. */

/** One of the two streams of a container. With a terminal all output is `stdout`. */
export type LogStream = 'stdout' | 'stderr';

/** One record of a log: a line of the container's output, or a part of one. */
export interface LogRecord {
  /**
   * When the monitor read it, as the log has it: RFC 3339 with up to nine digits behind the second, for example
   * `2026-11-24T18:10:00.123456789+05:30`. From the journal in UTC with six digits. {@link dateOf} and
   * {@link nanosecondsOf} read it.
   */
  readonly time: string;
  /** Which of the container's outputs it comes from. */
  readonly stream: LogStream;
  /** The line goes on in the next record of the same stream. {@link joinLines} puts lines together. */
  readonly partial: boolean;
  /**
   * What the container wrote, byte for byte, without the newline that ends a whole line. It is a view of a larger piece
   * of the log: copy it (`Buffer.from(text)`) when it is to be kept for long.
   */
  readonly text: Buffer;
}

/** How a log file is written. */
export type LogFormat = 'k8s-file' | 'json-file';
