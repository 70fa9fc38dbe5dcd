/** Reads what a compressed log file holds. */
import { pipeline } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';
import type { LogFile } from './log-file.js';

/** Bytes a piece. */
const PIECE = 256 * 1024;

/** The content in pieces. The file stays open. */
export function gunzip(file: LogFile): Gunzip {
  // An error destroys both, and the reader gets it from the second.
  return pipeline(packed(file), createGunzip({ chunkSize: PIECE }), () => undefined);
}

async function* packed(file: LogFile): AsyncGenerator<Buffer> {
  for (let at = 0; ;) {
    const piece = await file.read(at, PIECE);
    if (piece.length === 0) return;
    at += piece.length;
    yield piece;
  }
}
