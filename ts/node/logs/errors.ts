/** What can go wrong with a log besides the errors of the file system. */

/** Why a log could not be read. The message says which and what was tried. */
export class LogError extends Error {
  override readonly name: string = 'LogError';
}

/** How much of a line is shown in the message. */
const SHOWN = 80;

/** A line of a log file that is no record of its format, such as one torn by a full disk or a crash. */
export class MalformedRecord extends LogError {
  override readonly name = 'MalformedRecord';
  /** The file that it stands in; a rotated one has a name of its own. */
  readonly path: string;
  /** Where the line begins, in bytes; in a compressed file counted in what it holds. */
  readonly offset: number;
  /** The line without its newline; of an endless one the beginning. */
  readonly line: Buffer;

  constructor(path: string, offset: number, line: Buffer) {
    super(`${path}: what stands at byte ${offset} is no record: ${JSON.stringify(line.toString('latin1', 0, SHOWN))}`);
    this.path = path;
    this.offset = offset;
    this.line = line;
  }
}
