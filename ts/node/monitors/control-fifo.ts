/** Sends requests to a monitor through the FIFO `ctl` in its bundle. C conmon accepts the same lines. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { encode } from '../bytes.js';
import { O_PATH } from '../foreign/open-regular.js';
import { reasonOf } from '../reason.js';
import { MAX_WINDOW_SIZE } from '../../planner/constants.js';

/** The request could not be sent: the monitor has ended, or the FIFO is not writable. The cause says why. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  /** Tells this class from others. */
  readonly code = 'ERR_CONMON_CONTROL';
}

/**
 * Gives a container's terminal another size, in characters, each from 0 to 1000. A terminal that does not exist yet gets
 * it when it is created. The monitor sends no confirmation.
 *
 * @param control the FIFO, such as `control` of {@link MonitorInfo}
 * @param owner the user to whom the FIFO must belong: `uid` of {@link MonitorInfo}
 * @throws `RangeError` for another size
 * @throws {@link ControlError}
 */
export async function resizeTerminal(control: string, rows: number, columns: number, owner?: number): Promise<void> {
  for (const size of [rows, columns]) {
    if (!Number.isInteger(size) || size < 0 || size > MAX_WINDOW_SIZE)
      throw new RangeError(`not a size of a terminal: ${size}`);
  }
  await ask(control, `1 ${rows} ${columns}\n`, owner);
}

/**
 * Has a monitor reopen its log at its path, after the file was renamed. Nothing is lost, and the monitor sends no
 * confirmation.
 *
 * @param control the FIFO, such as `control` of {@link MonitorInfo}
 * @param owner the user to whom the FIFO must belong: `uid` of {@link MonitorInfo}
 * @throws {@link ControlError}
 */
export async function reopenLogs(control: string, owner?: number): Promise<void> {
  await ask(control, '2 0 0\n', owner);
}

/** One line in one write: it arrives whole (pipe(7), PIPE_BUF). */
async function ask(control: string, line: string, owner: number | undefined): Promise<void> {
  try {
    const file = await openFifo(control, owner);
    try {
      await file.write(line);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new ControlError(`cannot ask the monitor through ${control}: ${reasonOf(cause)}`, { cause });
  }
}

/** The file is checked before it is opened. Without O_NONBLOCK the open would wait for a reader when the monitor is gone. */
async function openFifo(path: string, owner: number | undefined): Promise<FileHandle> {
  const named = await open(encode(path), O_PATH | constants.O_NOFOLLOW);
  try {
    const found = await named.stat();
    if (!found.isFIFO()) throw new Error('it is not a FIFO');
    if (owner !== undefined && found.uid !== owner)
      throw new Error(`it belongs to user ${found.uid}, not to user ${owner}`);
    return await open(`/proc/self/fd/${named.fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } finally {
    await named.close();
  }
}
