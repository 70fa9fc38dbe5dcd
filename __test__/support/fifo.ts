/** Writing to the control FIFOs. */
import { closeSync, constants, openSync, writeSync } from 'node:fs';

/** Writes as managers do: an open that never blocks, and fails when nobody reads. */
export function writeFifo(path: string, ...pieces: readonly string[]): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  for (const piece of pieces) writeSync(fd, piece);
  closeSync(fd);
}
