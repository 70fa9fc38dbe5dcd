/** A further process in a container, as its manager sees it. */
import type { Attachment } from '../attachment.js';
import { MonitorError } from '../errors.js';
import { unlessAborted } from './abort.js';
import type { Launched } from './launch.js';

/** How it went. */
export interface ExecEnded {
  /** The code, 128 plus the signal, or −1 after the time limit. */
  readonly status: number;
  /** It was killed because its time was over. */
  readonly timedOut: boolean;
}

/** A process that {@link Container.exec} has started. */
export class ExecProcess {
  /** In our pid namespace. */
  readonly pid: number;
  /** Its stdin, stdout and stderr. Read both outputs: it waits for who reads slowly. */
  readonly streams: Attachment;
  readonly #launched: Launched;
  readonly #ended: Promise<ExecEnded>;
  #isOver = false;

  /** {@link Container.exec} does it. @internal */
  constructor(pid: number, streams: Attachment, launched: Launched, cleanUp: () => Promise<void>) {
    this.pid = pid;
    this.streams = streams;
    this.#launched = launched;
    this.#ended = this.#end(cleanUp);
    // Whoever waits hears of it.
    this.#ended.catch(() => undefined);
    launched.rest();
  }

  /**
   * Waits until it has ended. May be called at any time and more than once.
   *
   * @param options `signal` ends the waiting, not the process
   * @throws {@link MonitorError} when its monitor was killed before it could tell
   */
  async wait(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<ExecEnded> {
    return this.#launched.waitFor(unlessAborted(this.#ended, options.signal));
  }

  /** Sends it a signal; false when it has ended. */
  kill(signal: NodeJS.Signals = 'SIGTERM'): boolean {
    return !this.#isOver && process.kill(this.pid, signal);
  }

  async #end(cleanUp: () => Promise<void>): Promise<ExecEnded> {
    const report = await this.#launched.sync.next();
    this.#isOver = true;
    await cleanUp();
    if (report === undefined) throw new MonitorError('the monitor is gone without telling how the process has ended');
    return { status: report.data, timedOut: report.data < 0 && report.message === 'command timed out' };
  }
}
