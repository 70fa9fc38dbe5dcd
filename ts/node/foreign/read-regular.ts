/** Reads the beginning of a regular file. */
import { closeSync, readSync } from 'node:fs';
import { isErrno } from '../errno.js';
import { openRegular } from './open-regular.js';

/** The beginning of a file. */
export interface FileBeginning {
  readonly bytes: Buffer;
  /** Bytes in the whole file; 0 for files of `/proc`. */
  readonly size: number;
}

/** What was found at a path: the beginning of a file, nothing, or undefined for anything that cannot be read. */
export type Found = FileBeginning | 'absent' | undefined;

/**
 * At most `limit` bytes. Undefined when the file does not exist, when it may not be read, or when it is not a regular file of
 * that owner.
 */
export function readRegular(path: string, limit: number, owner?: number): FileBeginning | undefined {
  return present(findRegular(path, limit, owner));
}

/** The same, but distinguishes a missing file from one that may not be read. */
export function findRegular(path: string, limit: number, owner?: number): Found {
  try {
    const { fd, facts } = openRegular(path, owner);
    try {
      return { bytes: readUpTo(fd, limit), size: Number(facts.size) };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return isErrno(error, 'ENOENT') ? 'absent' : undefined;
  }
}

/** The file, if one was found. */
export function present(found: Found): FileBeginning | undefined {
  return found === 'absent' ? undefined : found;
}

/** Files of `/proc` come in pieces. */
function readUpTo(fd: number, limit: number): Buffer {
  let room = Buffer.alloc(Math.min(limit, FIRST));
  let length = 0;
  while (length < limit) {
    if (length === room.length) room = Buffer.concat([room], Math.min(limit, 2 * room.length));
    const read = readSync(fd, room, length, room.length - length, null);
    if (read === 0) break;
    length += read;
  }
  return room.subarray(0, length);
}

const FIRST = 8192;
