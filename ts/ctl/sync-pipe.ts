/**
 * The sync pipe, seen from the manager: one line of JSON that tells the container's pid, or why there is no container.
 */
import type { Readable } from 'node:stream';
import { CtlError } from './error.js';

/** `{"data": N}`, and with a failure (N < 0) the reason. */
export interface SyncMessage {
  readonly data: number;
  readonly message: string | undefined;
}

/** One line, newline included; what there is if the pipe ends before. */
export function readSyncLine(pipe: Readable, limitSeconds: number): Promise<string> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      pipe.removeAllListeners();
      // What comes after the line is nobody's; without a listener an error would be thrown.
      pipe.on('error', () => undefined).destroy();
      settle();
    };
    const line = (): string => Buffer.concat(chunks).toString('utf8');
    const timer = setTimeout(
      () => end(() => reject(new CtlError(`nothing came on the sync pipe within ${limitSeconds} s`))),
      limitSeconds * 1000,
    );
    pipe.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (chunk.includes('\n')) end(() => resolve(line()));
    });
    pipe.on('end', () => end(() => resolve(line())));
    // We have closed it ourselves: nobody waits any more, and the timer must not.
    pipe.on('close', () => end(() => resolve(line())));
    pipe.on('error', (error) => end(() => reject(new CtlError(`cannot read the sync pipe: ${error.message}`))));
  });
}

/** Rejects whatever is not a message of protocol 1. */
export function parseSyncLine(line: string): SyncMessage {
  if (line === '') throw new CtlError('the sync pipe was closed without a word');
  const value = parseJson(line);
  if (typeof value === 'object' && value !== null && 'data' in value && typeof value.data === 'number') {
    const message = 'message' in value && typeof value.message === 'string' ? value.message : undefined;
    return { data: value.data, message };
  }
  throw new CtlError(`this is not a message of the sync pipe: ${JSON.stringify(line)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
