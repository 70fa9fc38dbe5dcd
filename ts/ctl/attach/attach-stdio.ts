/**
 * Connects our standard streams to a container through its attach socket.
 */
import type { Readable, Writable } from 'node:stream';
import type { Attachment, AttachTarget } from '../../node/attachment.js';
import { showAttached } from './show.js';

export interface Attached {
  /** Fulfilled when all output has been shown. */
  readonly closed: Promise<unknown>;
  /** Waits for the rest of the output, and closes our input. */
  finish(): Promise<void>;
}

/** Without `output` only the input is connected, and all output is discarded; without `stdin` nothing is sent. */
export async function attachStdio(
  target: AttachTarget | Attachment,
  stdin: Readable | undefined,
  output: { readonly stdout: Writable; readonly stderr: Writable } | undefined,
): Promise<Attached> {
  const { attachment, closed, leave } = await showAttached(target, { stdout: output?.stdout, stderr: output?.stderr });
  stdin?.on('error', () => attachment.end()).pipe(attachment);
  return {
    closed,
    finish: async () => {
      await leave();
      stdin?.destroy();
    },
  };
}
