/** How logs are read. */
import type { LogError, MalformedRecord } from './errors.js';
import type { LogRecord } from './record.js';

/** Which records to read, for how long, and what to do about malformed ones. */
export interface ReadLogOptions {
  /** No record from before this time: a `Date`, or RFC 3339 with up to nine digits of a second. */
  readonly since?: Date | string | undefined;
  /** No record from after this time. */
  readonly until?: Date | string | undefined;
  /** Records of this stream only. */
  readonly stream?: LogRecord['stream'] | undefined;
  /** Only the last lines, this many, of those that the other options select; found from the end, without reading all. */
  readonly tail?: number | undefined;
  /**
   * Continue with what is written from now on, across truncation, renaming and rotation: true indefinitely; a promise
   * until it is settled (such as that of the container's exit), and then to the end of the log.
   */
  readonly follow?: boolean | PromiseLike<unknown> | undefined;
  /** Ends the reading with an error, the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called for each malformed line, which is then skipped, but for the beginning of a record that is too long. Without it such a
   * line is an error.
   */
  readonly onMalformed?: ((error: MalformedRecord) => void) | undefined;
  /**
   * Called for each file of the log that cannot be opened, or of which the rest cannot be read or decompressed; the other files
   * are read. Without it that is an error, as it always is when nothing can be read, or the newest file cannot be followed.
   */
  readonly onProblem?: ((error: LogError) => void) | undefined;
  /**
   * Asked at the end about a last line without a newline; true: it is read as it is. Without it such a line is left out, because
   * its writer may be about to finish it.
   */
  readonly onUnfinished?:
    | ((line: {
        /** The file that contains it, by the name it was opened by. */
        readonly path: string;
        /** Where it begins in that file, in bytes. */
        readonly offset: number;
      }) => boolean | PromiseLike<boolean>)
    | undefined;
}
