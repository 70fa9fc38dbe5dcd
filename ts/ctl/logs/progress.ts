/**
 * The progress of long work, on a terminal only: for `logs` into a file or a pipe, which shows nothing itself.
 */
import ora from 'ora';
import { bytesText, countText } from '../quantities.js';

/** Shorter work needs no progress. */
const AFTER_MS = 1000;
const EVERY_MS = 200;

export class Progress {
  readonly #spinner = ora({ stream: process.stderr, discardStdin: false, hideCursor: false });
  readonly #start = performance.now();
  #bytes = 0;
  #records = 0;
  #shown = 0;

  /** Adds what has been done since the last call. */
  add(records: number, bytes: number): void {
    this.#records += records;
    this.#bytes += bytes;
    const now = performance.now();
    if (now - this.#start < AFTER_MS || now - this.#shown < EVERY_MS) return;
    this.#shown = now;
    this.#spinner.text = `${countText(this.#records)} records, ${bytesText(this.#bytes)}`;
    if (!this.#spinner.isSpinning) this.#spinner.start();
    this.#spinner.render();
  }

  /** Clears it from the terminal. */
  end(): void {
    this.#spinner.stop();
  }
}
