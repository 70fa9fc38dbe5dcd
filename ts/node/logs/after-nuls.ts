/**
 * Finds a record that follows NULs. After a crash a log can have NULs where data had not reached the disk (ext4(5), delayed
 * allocation), and the next record begins right after them, in the same line.
 */
import type { Parse } from './format.js';

/** Attempts in one line: each may parse all of it. */
const ATTEMPTS = 64;

/** Where a record begins after NULs in the line from `start` to `end`; undefined when there is none. */
export function recordAfterNuls(parse: Parse, bytes: Buffer, start: number, end: number): number | undefined {
  let at = start;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const nul = bytes.indexOf(0, at);
    if (nul < 0 || nul >= end) return undefined;
    for (at = nul; at < end && bytes[at] === 0;) at += 1;
    if (at < end && parse(bytes, at, end) !== undefined) return at;
  }
  return undefined;
}
