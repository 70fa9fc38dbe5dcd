/** The message of an error as strerror(3) has it: libuv, and so Node, has its own messages. */
import { getSystemErrorMap } from 'node:util';

/** Those that differ by more than a capital letter, of those that concern files. */
const OTHER_WORDS: ReadonlyMap<string, string> = new Map([
  ['ELOOP', 'Too many levels of symbolic links'],
  ['ENAMETOOLONG', 'File name too long'],
  ['EIO', 'Input/output error'],
]);

/** The system's reason, if this is an error of the system; else its message. */
export function messageOfSystem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!('errno' in error) || typeof error.errno !== 'number') return error.message;
  const [code, words] = getSystemErrorMap().get(error.errno) ?? ['', error.message];
  return OTHER_WORDS.get(code) ?? words.slice(0, 1).toUpperCase() + words.slice(1);
}
