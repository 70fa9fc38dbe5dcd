/** Files that hold nothing but a number: pid files and exit files. */
import { type FileBeginning, readRegular } from './read-regular.js';

/** Longer than any pid or exit status. */
export const LONGEST_NUMBER = 32;

/** Undefined when there is anything else in the file. A newline may follow the number. */
export function numberIn(found: FileBeginning | undefined): number | undefined {
  if (found === undefined || found.bytes.length >= LONGEST_NUMBER) return undefined;
  const text = found.bytes.toString('latin1').replace(/\n$/, '');
  return /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** The number in the file at a path; with `owner`, only if the file belongs to that user. */
export function readNumber(path: string, owner?: number): number | undefined {
  return numberIn(readRegular(path, LONGEST_NUMBER, owner));
}
