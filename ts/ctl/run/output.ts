/**
 * Shows what the container writes while it writes it: from its log, or through the attach socket with `--interactive` and
 * `--terminal`.
 */
import { attachTerminal } from '../attach/attach-terminal.js';
import { attachStdio } from '../attach/attach-stdio.js';
import { readLog } from '../../node/logs/read-log.js';
import type { LogRecord } from '../../node/logs/record.js';
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
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const shown = show(place.log, ended, (record) => {
    tell({ kind: 'logged', record: lineOf(record) });
    if (attached === undefined) output?.[record.stream].write(contentOf(record));
  });
  // It is looked at in finish(), which may come later than the failure.
  shown.catch(() => undefined);
  return {
    finish: async () => {
      await attached?.finish();
      end();
      await shown;
    },
  };
}

/** What is no record, which the monitor's own writing never is, is left out. */
async function show(log: string, ended: Promise<void>, onRecord: (record: LogRecord) => void): Promise<void> {
  for await (const record of readLog(log, { follow: ended, onMalformed: () => undefined })) onRecord(record);
}

/** As it stands in the file, for whoever shows that. */
function lineOf({ time, stream, partial, text }: LogRecord): string {
  return `${time} ${stream} ${partial ? 'P' : 'F'} ${text.toString('utf8')}`;
}

/** What the container wrote. */
function contentOf({ partial, text }: LogRecord): Buffer {
  return partial ? text : Buffer.concat([text, Buffer.from('\n')]);
}

async function attach(place: OutputPlace, { stdin, output }: Surroundings): Promise<ShownOutput | undefined> {
  const { bundle, interactive, terminal } = place;
  const socket = `${bundle}/attach`;
  if (!terminal || output === undefined) return interactive ? attachStdio(socket, stdin, output) : undefined;
  const keyboard = interactive ? stdin : undefined;
  const order = { socket, control: `${bundle}/ctl`, stdin: keyboard, stdout: output.stdout };
  return attachTerminal({ ...order, detachKeys: Buffer.alloc(0) });
}
