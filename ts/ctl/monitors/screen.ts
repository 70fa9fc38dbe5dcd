/**
 * Redraws a text in place, as top(1) does: on the alternate screen of the terminal (xterm, private modes
 * 1049 and 25), which leaves nothing behind in the scrollback. A text is never longer than the screen.
 */
import { visible } from '../visible.js';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

export class LiveScreen {
  readonly #write: (text: string) => void;
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.leave();
    // With its default action.
    process.kill(process.pid, signal);
  };

  /** Enters it until {@link leave}; a signal that ends this process leaves it, too. */
  constructor(write: (text: string) => void = (text) => process.stdout.write(text)) {
    this.#write = write;
    for (const signal of ENDING) process.once(signal, this.#onSignal);
    write(ENTER);
  }

  show(lines: readonly string[]): void {
    this.#write(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}${CLEAR_BELOW}`);
  }

  leave(): void {
    for (const signal of ENDING) process.removeListener(signal, this.#onSignal);
    this.#write(LEAVE);
  }
}

/**
 * The lines of a table that fit: the header, as many rows as there is room for, and below them how many are not shown. `remarks` come
 * last, as far as there is room.
 *
 * @param table ends in a newline
 */
export function fitRows(table: string, remarks: string, height: number): readonly string[] {
  const [header = '', ...rows] = table.trimEnd().split('\n');
  const below =
    remarks === ''
      ? []
      : remarks
          .trimEnd()
          .split('\n')
          .map(visible)
          .slice(0, Math.max(height - 3, 0));
  const room = Math.max(height - 1 - below.length, 0);
  if (rows.length <= room) return [header, ...rows, ...below];
  const shown = Math.max(room - 1, 0);
  const more = room > 0 ? [`… ${rows.length - shown} more not shown`] : [];
  return [header, ...rows.slice(0, shown), ...more, ...below];
}
