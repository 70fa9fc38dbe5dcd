/** The names that the files of one log can have, out of what is in its directory. */
import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { encode } from '../bytes.js';
import { isErrno } from '../errno.js';
import { reasonOf } from '../reason.js';
import { LogError } from './errors.js';

/** Rotation keeps no more files than that; a longer number is a time. */
const NUMBER = /^[1-9]\d{0,8}$/;
const STAMP = /^\d{8}-\d{6}$/;

/** Names, oldest file first. */
export interface Names {
  readonly names: readonly string[];
  /** Why rotated files could not be looked for. */
  readonly problem: LogError | undefined;
}

/** All names that a file of the log may have now. */
export function namesOfLog(path: string): Names {
  const { suffixes, problem } = suffixesOf(path);
  const stamps = suffixes.filter((suffix) => STAMP.test(suffix)).toSorted();
  const numbers = numbersOf(suffixes.filter((suffix) => NUMBER.test(suffix)).map(Number)).toReversed();
  const kept = [...stamps, ...numbers].flatMap((suffix) => [`${path}.${suffix}.gz`, `${path}.${suffix}`]);
  return { names: [...kept, path], problem };
}

/** No date and no time is less. */
const CERTAINLY_A_NUMBER = 9999;

/**
 * The numbers of kept files, and those that they may have soon: rotation may move a file while we look. A number above
 * {@link CERTAINLY_A_NUMBER} is one only if those before it exist, of which one may be missing in the middle of a rotation;
 * otherwise it is a date or a time, and has another origin.
 */
function numbersOf(found: readonly number[]): readonly number[] {
  const numbers = new Set([1]);
  let last = 0;
  for (const number of found.toSorted((a, b) => a - b)) {
    if (number > Math.max(CERTAINLY_A_NUMBER, last + 2)) break;
    numbers.add(number).add(number + 1);
    last = number;
  }
  return [...numbers].toSorted((a, b) => a - b);
}

interface Suffixes {
  readonly suffixes: readonly string[];
  readonly problem: LogError | undefined;
}

/** The suffixes after `PATH.` in its directory, without `.gz`. */
function suffixesOf(path: string): Suffixes {
  const start = Buffer.concat([encode(basename(path)), Buffer.from('.')]);
  try {
    const suffixes = namesIn(dirname(path))
      .filter((name) => name.subarray(0, start.length).equals(start))
      .map((name) => name.toString('latin1', start.length).replace(/\.gz$/, ''));
    return { suffixes: [...new Set(suffixes)], problem: undefined };
  } catch (cause) {
    const problem = new LogError(`cannot look for rotated files of the log ${path}: ${reasonOf(cause)}`, { cause });
    return { suffixes: [], problem };
  }
}

/** None when the directory is gone: it may be removed with its container. */
function namesIn(directory: string): Buffer[] {
  try {
    return readdirSync(encode(directory), { encoding: 'buffer' });
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
