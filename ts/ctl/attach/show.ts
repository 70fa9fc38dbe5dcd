/** Copies an output of a container to one of our own. */
import { finished, pipeline } from 'node:stream/promises';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

const REST_OF_OUTPUT_MS = 5000;

/**
 * Resolves when the output has ended, or when our own reader has gone. A slow reader blocks the container, so that no output
 * accumulates here. Without `target` the output is discarded.
 */
export async function show(source: Readable, target: Writable | undefined): Promise<void> {
  try {
    if (target === undefined) await finished(source.resume(), { writable: false });
    else await pipeline(source, target, { end: false });
  } catch {
    // The connection broke or was closed: no more output will come.
  }
}

/** Waits until all output has been shown. A monitor that does not close the connection at the container's exit has five seconds. */
export async function restOfOutput(closed: Promise<unknown>): Promise<void> {
  await Promise.race([closed, sleep(REST_OF_OUTPUT_MS, undefined, { ref: false })]);
}
