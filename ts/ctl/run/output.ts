/**
 * Shows what the container writes while it writes it: from its log, or through the attach socket with `--interactive` and
 * `--terminal`.
 */
import type { Container } from '../../node/containers/container.js';
import { readLog } from '../../node/logs/read-log.js';
import type { LogSource } from '../../node/logs/source.js';
import type { LogRecord } from '../../node/logs/record.js';
import { attachStdio } from '../attach/attach-stdio.js';
import { attachTerminal } from '../attach/attach-terminal.js';
import type { RunRequest, RunContext } from './request.js';

export interface ShownOutput {
  /** To be called after the exit of the container: shows the rest of the output. */
  finish(): Promise<void>;
}

/** `onClosed` is called when our stderr can no longer be written to. */
export async function showOutput(
  container: Container,
  request: Pick<RunRequest, 'interactive' | 'terminal'>,
  context: RunContext,
  onClosed: () => void,
): Promise<ShownOutput> {
  const { output, onEvent } = context;
  output?.stderr.on('error', onClosed);
  const attached = await attach(container, request, context);
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const shown = show(fileOf(container), ended, (record) => {
    onEvent({ kind: 'logged', record: lineOf(record) });
    if (attached === undefined) output?.[record.stream].write(contentOf(record));
  });
  // A failure is reported by finish(), which may be called later.
  shown.catch(() => undefined);
  return {
    finish: async () => {
      await attached?.finish();
      end();
      await shown;
    },
  };
}

/** Malformed records, which the monitor itself never writes, are left out. */
async function show(
  log: LogSource | undefined,
  ended: Promise<void>,
  onRecord: (record: LogRecord) => void,
): Promise<void> {
  if (log === undefined) return;
  for await (const record of readLog(log, { follow: ended, onMalformed: () => undefined })) onRecord(record);
}

/** The first log that is a file, which can be read without other programs. */
function fileOf({ logs }: Container): LogSource | undefined {
  return logs.find((log) => typeof log !== 'string' && log.kind === 'file');
}

/** As it is in the file. */
function lineOf({ time, stream, partial, text }: LogRecord): string {
  return `${time} ${stream} ${partial ? 'P' : 'F'} ${text.toString('utf8')}`;
}

/** What the container wrote. */
function contentOf({ partial, text }: LogRecord): Buffer {
  return partial ? text : Buffer.concat([text, Buffer.from('\n')]);
}

async function attach(
  container: Container,
  { interactive, terminal }: Pick<RunRequest, 'interactive' | 'terminal'>,
  { stdin, output }: RunContext,
): Promise<ShownOutput | undefined> {
  if (!terminal || output === undefined) {
    const needed = interactive || fileOf(container) === undefined;
    return needed ? attachStdio(container, interactive ? stdin : undefined, output) : undefined;
  }
  const keyboard = interactive ? stdin : undefined;
  return attachTerminal(container, { stdin: keyboard, stdout: output.stdout, detachKeys: Buffer.alloc(0) });
}
