/** Asks a monitor for something through the FIFO `ctl` in its bundle: ours and C conmon take the same lines. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { encode } from './bytes.js';

/** The monitor could not be asked: it has ended, or the FIFO is not ours to write. The cause says why. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
}

/** What monitors take. */
const MOST = 1000;

/**
 * Gives a container's terminal another size, in characters, each from 0 to 1000. A terminal that is still to come gets it
 * then. The monitor does not answer.
 *
 * @param control the FIFO, such as `control` of {@link MonitorInfo}
 * @throws `RangeError` for another size
 * @throws {@link ControlError}
 */
export async function resizeTerminal(control: string, rows: number, columns: number): Promise<void> {
  for (const size of [rows, columns]) {
    if (!Number.isInteger(size) || size < 0 || size > MOST) throw new RangeError(`not a size of a terminal: ${size}`);
  }
  await ask(control, `1 ${rows} ${columns}\n`);
}

/**
 * Lets a monitor go on in the file that is at the path of its log now: for who has renamed the one it writes. Nothing is lost,
 * and the monitor does not answer.
 *
 * @param control the FIFO, such as `control` of {@link MonitorInfo}
 * @throws {@link ControlError}
 */
export async function reopenLogs(control: string): Promise<void> {
  await ask(control, '2 0 0\n');
}

/** One line in one write: it arrives whole (pipe(7), PIPE_BUF). */
async function ask(control: string, line: string): Promise<void> {
  try {
    // Without O_NONBLOCK it would wait for a reader when the monitor is gone.
    const file = await open(encode(control), constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      if (!(await file.stat()).isFIFO()) throw new Error('it is not a FIFO');
      await file.write(line);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new ControlError(`cannot ask the monitor through ${control}: ${String(cause)}`, { cause });
  }
}
