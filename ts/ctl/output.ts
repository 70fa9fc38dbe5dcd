/**
 * Shows what the container writes while it writes it.
 */
import { LogFollower } from './follow-log.js';
import { parseRecord } from './k8s-record.js';
import type { RunRequest, Surroundings } from './request.js';

export interface ShownOutput {
  /** To be called after the end of the container: shows what is left. */
  finish(): Promise<void>;
}

/** `onClosed` is called when nobody reads our own output any more (`conmonctl run … | head`). */
export async function showOutput(
  _request: RunRequest,
  around: Surroundings,
  log: string,
  _bundle: string,
  onClosed: () => void,
): Promise<ShownOutput> {
  for (const stream of [around.output?.stdout, around.output?.stderr]) stream?.on('error', onClosed);
  const follower = await LogFollower.open(log, (line) => {
    around.tell({ kind: 'logged', record: line.toString('utf8') });
    const record = parseRecord(line);
    if (record !== undefined) around.output?.[record.stream].write(record.content);
  });
  return follower;
}
