/** A number alone in a file, as pid files and exit files have it. */
import { type FileBeginning, readRegular } from './read-regular.js';

/** More than any pid or exit status has. */
export const LONGEST_NUMBER = 32;

/** Undefined when there is anything else in the file. A newline may follow the number. */
export function numberIn(found: FileBeginning | undefined): number | undefined {
  if (found === undefined || found.bytes.length >= LONGEST_NUMBER) return undefined;
  const text = found.bytes.toString('latin1').replace(/\n$/, '');
  return /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** The number alone in the file at a path, with `owner` only in one of that user. */
export function readNumber(path: string, owner?: number): number | undefined {
  return numberIn(readRegular(path, LONGEST_NUMBER, owner));
}
