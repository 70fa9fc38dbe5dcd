/**
 * Asks a monitor for something through its FIFO `ctl`: ours and C conmon take the same lines.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { CtlError, messageOf } from '../error.js';

/** The size of a terminal, in characters. */
export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** What both monitors take. */
const MOST = 1000;

/** `24x80`, height first, as `podman` has it. Throws a {@link CtlError}. */
export function parseSize(text: string): Size {
  const [, rows, columns] = /^(\d{1,4})x(\d{1,4})$/.exec(text) ?? [];
  const size = { rows: Number(rows), columns: Number(columns) };
  if (size.rows <= MOST && size.columns <= MOST) return size;
  throw new CtlError(`this is not a size: ${JSON.stringify(text)}`, { advice: `HEIGHTxWIDTH, up to ${MOST}: 24x80` });
}

/** The terminal gets a new size; one that is to come gets it when it does. */
export async function resize(fifo: string, { rows, columns }: Size): Promise<void> {
  await ask(fifo, `1 ${Math.min(rows, MOST)} ${Math.min(columns, MOST)}\n`);
}

/** The log goes on at its path: for whoever has renamed the file. */
export async function reopenLogs(fifo: string): Promise<void> {
  await ask(fifo, '2 0 0\n');
}

/** One line in one write: it arrives whole (pipe(7), PIPE_BUF). */
async function ask(fifo: string, line: string): Promise<void> {
  // Without O_NONBLOCK it would wait for a reader when the monitor is gone.
  const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const file = await open(fifo, flags).catch((cause: unknown) => {
    throw new CtlError(`cannot ask the monitor: ${messageOf(cause)}`, { cause, ...adviceFor(cause) });
  });
  try {
    if (!(await file.stat()).isFIFO()) throw new CtlError(`cannot ask the monitor: ${fifo} is not a FIFO`);
    await file.write(line);
  } finally {
    await file.close();
  }
}

function adviceFor(error: unknown): { advice?: string } {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENXIO' || code === 'ENOENT') return { advice: 'Its container has ended, or its bundle was removed.' };
  return code === 'EACCES' ? { advice: 'It belongs to another user: sudo conmonctl …' } : {};
}
