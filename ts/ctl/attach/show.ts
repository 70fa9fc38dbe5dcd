/** Copies the output of a container, received through its attach socket, to our own streams. */
import { finished, pipeline } from 'node:stream/promises';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { attach, Attachment, type AttachTarget } from '../../node/attachment.js';

/** How long to wait for a monitor that does not close the connection when the container exits. */
const REST_OF_OUTPUT_MS = 5000;

export interface ShownAttachment {
  readonly attachment: Attachment;
  /** Fulfilled when all output has been shown. */
  readonly closed: Promise<unknown>;
  /** Waits for the rest of the output, and leaves. */
  leave(): Promise<void>;
}

/** Output without a stream to go to is discarded. */
export async function showAttached(
  target: AttachTarget | Attachment,
  output: { readonly stdout: Writable | undefined; readonly stderr: Writable | undefined },
): Promise<ShownAttachment> {
  const attachment = target instanceof Attachment ? target : await attach(target);
  attachment.on('error', () => undefined);
  const closed = Promise.all([show(attachment, output.stdout), show(attachment.stderr, output.stderr)]);
  return {
    attachment,
    closed,
    leave: async () => {
      await Promise.race([closed, sleep(REST_OF_OUTPUT_MS, undefined, { ref: false })]);
      attachment.detach();
    },
  };
}

/**
 * Resolves when the output has ended, or when our own reader has gone. A slow reader blocks the container, so that no output
 * accumulates here.
 */
async function show(source: Readable, target: Writable | undefined): Promise<void> {
  try {
    if (target === undefined) await finished(source.resume(), { writable: false });
    else await pipeline(source, target, { end: false });
  } catch {
    // The connection broke or was closed: no more output will come.
  }
}
