/**
 * Shows what the container writes while it writes it: from its log, or through the attach socket with `--interactive` and
 * `--terminal`.
 */
import { attachTerminal } from './attach/attach-terminal.js';
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
  readonly terminal: boolean;
}

/** `onClosed` is called when nobody reads our own output any more (`conmonctl run … | head`). */
export async function showOutput(place: OutputPlace, around: Surroundings, onClosed: () => void): Promise<ShownOutput> {
  const { output, tell } = around;
  for (const stream of [output?.stdout, output?.stderr]) stream?.on('error', onClosed);
  const attached = await attach(place, around);
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

async function attach(place: OutputPlace, { stdin, output }: Surroundings): Promise<ShownOutput | undefined> {
  const { bundle, interactive, terminal } = place;
  const socket = `${bundle}/attach`;
  if (!terminal || output === undefined) return interactive ? attachStdio(socket, stdin, output) : undefined;
  const keyboard = interactive ? stdin : undefined;
  const order = { socket, control: `${bundle}/ctl`, stdin: keyboard, stdout: output.stdout };
  return attachTerminal({ ...order, detachKeys: Buffer.alloc(0) });
}
