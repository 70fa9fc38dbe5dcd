/** Reads a whole file of text, such as a configuration file. */
import { closeSync, readSync } from 'node:fs';
import { openRegular, UnexpectedFile } from './open-regular.js';

/** More than any configuration has. */
const LARGEST = 16 << 20;

/**
 * The text of a regular file of moderate size.
 *
 * @throws {@link UnexpectedFile}, or an error of the system
 */
export function readText(path: string): string {
  const { fd, facts } = openRegular(path);
  try {
    if (facts.size > LARGEST) throw new UnexpectedFile(`it is larger than ${LARGEST} bytes`);
    // One byte more, for a file that grows meanwhile: its text is then truncated anyway.
    const bytes = Buffer.alloc(Number(facts.size) + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(fd, bytes, length, bytes.length - length, null);
    }
    return bytes.toString('utf8', 0, length);
  } finally {
    closeSync(fd);
  }
}
