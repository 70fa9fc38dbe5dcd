/**
 * Shows what the container writes while it writes it: from its log, or with `--interactive` through the attach socket.
 */
import { attachStdio } from './attach-stdio.js';
import { LogFollower } from './follow-log.js';
import { parseRecord } from './k8s-record.js';
import type { Surroundings } from './request.js';

export interface ShownOutput {
  /** To be called after the end of the container: shows what is left. */
  finish(): Promise<void>;
}

/** Where the container's output is. */
export interface OutputPlace {
  readonly log: string;
  /** Where the attach socket is. */
  readonly bundle: string;
  readonly interactive: boolean;
}

/** `onClosed` is called when nobody reads our own output any more (`conmonctl run … | head`). */
export async function showOutput(place: OutputPlace, around: Surroundings, onClosed: () => void): Promise<ShownOutput> {
  const { output, tell, stdin } = around;
  for (const stream of [output?.stdout, output?.stderr]) stream?.on('error', onClosed);
  const attached = place.interactive ? await attachStdio(`${place.bundle}/attach`, stdin, output) : undefined;
  const follower = await LogFollower.open(place.log, (line) => {
    tell({ kind: 'logged', record: line.toString('utf8') });
    if (attached !== undefined) return;
    const record = parseRecord(line);
    if (record !== undefined) output?.[record.stream].write(record.content);
  });
  return {
    finish: async () => {
      await attached?.finish();
      await follower.finish();
    },
  };
}
