/** What can go wrong with a log, besides the errors of the file system. */

/** Why a log could not be read. The message says which and what was tried. */
export class LogError extends Error {
  override readonly name: string = 'LogError';
  /** Tells this class from others. */
  readonly code: string = 'ERR_CONMON_LOG';
}

/** How much of a line is shown in the message. */
const SHOWN = 80;

/** A malformed line of a log file, such as one torn by a full disk or a crash. */
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

  constructor(path: string, offset: number, line: Buffer) {
    super(`${path}: malformed record at byte ${offset}: ${JSON.stringify(line.toString('latin1', 0, SHOWN))}`);
    this.path = path;
    this.offset = offset;
    this.line = line;
  }
}
