/** Writes pieces to stdout and stderr, one after the other, at the pace of their readers. */
import { Writable } from 'node:stream';
import { isErrno } from '../../node/errno.js';
import { reasonOf } from '../../node/reason.js';
import { CtlError } from '../error.js';
import { type StandardStream, standardStream } from '../standard-stream.js';
import type { Piece } from './pieces.js';

/** The reader of stdout has gone (`conmonctl logs … | head`), which is not a failure. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

export class PieceSink extends Writable {
  readonly #streams = { stdout: standardStream('stdout'), stderr: standardStream('stderr') };

  constructor() {
    super({ objectMode: true, highWaterMark: 1 });
  }

  override _write({ stream, bytes }: Piece, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#streams[stream].write(bytes, (error) => done(error ? failure(stream, error) : undefined));
  }
}

/** A closed stderr does not prevent writing to stdout. */
function failure(stream: StandardStream, cause: Error): Error | undefined {
  if (isErrno(cause, 'EPIPE')) return stream === 'stdout' ? new ReaderGone('the reader of stdout has gone') : undefined;
  return new CtlError(`cannot write to ${stream}: ${reasonOf(cause)}`, { cause });
}
