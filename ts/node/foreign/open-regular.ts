/**
 * Opens a regular file at a path that another user may have chosen. Anything else in its place has no effect and does not
 * block: a device is not opened, a FIFO gets no reader.
 */
import { type BigIntStats, closeSync, constants, fstatSync, openSync } from 'node:fs';
import { encode } from '../bytes.js';

/**
 * Names a file without opening it, open(2). Node does not export it: `O_PATH` in linux/fcntl.h (asm-generic), which holds for
 * x86-64 and arm64.
 */
export const O_PATH = 0o10000000;

/** What is at the path is not what was expected there. */
export class UnexpectedFile extends Error {
  override readonly name = 'UnexpectedFile';
}

/** It belongs to another user than expected. */
export class OtherOwner extends UnexpectedFile {}

export interface OpenFile {
  readonly fd: number;
  readonly facts: BigIntStats;
}

/**
 * Opens it for reading; the caller closes it.
 *
 * @param owner the user to whom it must belong
 * @throws {@link UnexpectedFile}, or an error of the system
 */
export function openRegular(path: string | Buffer, owner?: number): OpenFile {
  const named = openSync(typeof path === 'string' ? encode(path) : path, O_PATH);
  try {
    const facts = fstatSync(named, { bigint: true });
    if (!facts.isFile()) throw new UnexpectedFile('it is not a regular file');
    if (owner !== undefined && facts.uid !== BigInt(owner)) {
      throw new OtherOwner(`it belongs to user ${facts.uid}, not to user ${owner}`);
    }
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
    return { fd: openSync(`/proc/self/fd/${named}`, flags), facts };
  } finally {
    closeSync(named);
  }
}
