/**
 * Our stdout and stderr for output of which nothing may be lost. Node writes to a file with a single write(2) and ignores how much
 * that has written: on a full disk the rest is lost without an error.
 */
import { createWriteStream, fstatSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { attempt } from '../node/attempt.js';
import { isErrno } from '../node/errno.js';
import { CtlError, reasonOf } from './error.js';

/** The descriptor of a stream. */
const DESCRIPTORS = { stdout: 1, stderr: 2 } as const;

export type StandardStream = keyof typeof DESCRIPTORS;

const streams = new Map<StandardStream, Writable>();

/** Terminals, pipes and sockets as Node has them; files through a stream that writes everything, or fails. */
export function standardStream(name: StandardStream): Writable {
  const known = streams.get(name);
  if (known !== undefined) return known;
  const stream: Writable = isFile(name)
    ? createWriteStream('', { fd: DESCRIPTORS[name], autoClose: false })
    : process[name];
  // Each write reports its own error.
  stream.on('error', () => undefined);
  streams.set(name, stream);
  return stream;
}

/** Prints text; resolves when it is written. Throws a {@link CtlError}, but not if the reader has gone. */
export async function printOut(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    standardStream('stdout').write(text, (cause) => {
      if (!cause || isErrno(cause, 'EPIPE')) resolve();
      else reject(new CtlError(`cannot write to stdout: ${reasonOf(cause)}`, { cause }));
    });
  });
}

/** Whether it is a file or a device, but not a terminal. */
function isFile(name: StandardStream): boolean {
  const facts = attempt(() => fstatSync(DESCRIPTORS[name]));
  return facts !== undefined && (facts.isFile() || (facts.isCharacterDevice() && !process[name].isTTY));
}

/** Whether both lead to the same file, pipe or terminal. */
export function areSame(): boolean {
  const [stdout, stderr] = [DESCRIPTORS.stdout, DESCRIPTORS.stderr].map((fd) => attempt(() => fstatSync(fd)));
  return stdout !== undefined && stdout.dev === stderr?.dev && stdout.ino === stderr.ino;
}
