/** Copies an output of a container to one of our own. */
import { finished, pipeline } from 'node:stream/promises';
import type { Readable, Writable } from 'node:stream';

/**
 * Fulfilled when the output has ended, or when nobody reads ours any more. A slow reader of ours holds the container back, instead
 * of having the output pile up here. Without `target` the output is discarded.
 */
export async function show(source: Readable, target: Writable | undefined): Promise<void> {
  try {
    if (target === undefined) await finished(source.resume(), { writable: false });
    else await pipeline(source, target, { end: false });
  } catch {
    // The connection broke, or was left: there is no more output.
  }
}
