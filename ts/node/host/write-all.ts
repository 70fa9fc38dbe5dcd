/** Writing to inherited descriptors without touching `process.stdout`, which would make them non-blocking for others. */
import { writeSync } from 'node:fs';

/** Writes all of it. If the reader has gone away or cannot take it, the rest is dropped. */
export function writeAll(fd: number, bytes: Buffer): void {
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
  } catch {
    // EPIPE, EBADF: the exit status still reports the failure.
  }
}
