/** What can go wrong with a log, besides the errors of the file system. */

/** Why a log could not be read. The message names the step and the file. */
export class LogError extends Error {
  override readonly name: string = 'LogError';
  /** Tells this class from others. */
  readonly code: string = 'ERR_CONMON_LOG';
}

/** How much of a line is shown in the message. */
const SHOWN = 80;

/** A malformed line of a log file, such as one torn by a full disk or a crash, or one that is too long. */
export class MalformedRecord extends LogError {
  override readonly name = 'MalformedRecord';
  /** Tells this class from others. */
  override readonly code = 'ERR_CONMON_MALFORMED_RECORD';
  /** The file that contains it; a rotated file has a name of its own. */
  readonly path: string;
  /** Offset of the line in bytes; in a compressed file, of the decompressed content. */
  readonly offset: number;
  /** The line without its newline; the beginning, if it is too long. */
  readonly line: Buffer;
  /** The line is longer than 16 MiB. If it is a record, its beginning is read, and marked as truncated. */
  readonly isTooLong: boolean;

  constructor(path: string, offset: number, line: Buffer, isTooLong = false) {
    const what = isTooLong ? 'record longer than 16 MiB' : 'malformed record';
    super(`${path}: ${what} at byte ${offset}: ${excerpt(line)}`);
    this.path = path;
    this.offset = offset;
    this.line = line;
    this.isTooLong = isTooLong;
  }
}

function excerpt(line: Buffer): string {
  const beginning = line.subarray(0, SHOWN);
  return beginning.every((byte) => byte === 0) ? 'NUL bytes' : JSON.stringify(beginning.toString('latin1'));
}
