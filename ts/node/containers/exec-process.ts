/** An exec session, as its manager sees it. */
import { EXEC_TIMED_OUT } from '../../planner/sync-pipe.js';
import type { Attachment } from '../attachment.js';
import { MonitorError } from '../errors.js';
import { unlessAborted } from './abort.js';
import type { LaunchedMonitor } from './launched-monitor.js';

/** How an exec session has ended. */
export interface ExecExit {
  /** The exit code, 128 plus the signal, or −1 after the time limit. */
  readonly status: number;
  /** It was killed at its time limit. */
  readonly timedOut: boolean;
}

/** A process that {@link Container.exec} has started. */
export class ExecProcess {
  /** In our pid namespace. */
  readonly pid: number;
  /** Its stdin, stdout and stderr. Read both outputs: a slow reader blocks the process. */
  readonly streams: Attachment;
  readonly #launched: LaunchedMonitor;
  readonly #exited: Promise<ExecExit>;
  #isOver = false;

  /** Called by {@link Container.exec}. @internal */
  constructor(pid: number, streams: Attachment, launched: LaunchedMonitor, cleanUp: () => Promise<void>) {
    this.pid = pid;
    this.streams = streams;
    this.#launched = launched;
    this.#exited = this.#exit(cleanUp);
    // A failure is reported to the caller of `wait`.
    this.#exited.catch(() => undefined);
    launched.unref();
  }

  /**
   * Waits until it has exited. May be called at any time and more than once.
   *
   * @param options `signal` ends the waiting, not the process
   * @throws {@link MonitorError} when its monitor was killed before it could report
   */
  async wait(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<ExecExit> {
    return this.#launched.waitFor(unlessAborted(this.#exited, options.signal));
  }

  /** Sends it a signal; returns false when it has exited. */
  kill(signal: NodeJS.Signals = 'SIGTERM'): boolean {
    return !this.#isOver && process.kill(this.pid, signal);
  }

  async #exit(cleanUp: () => Promise<void>): Promise<ExecExit> {
    const report = await this.#launched.sync.next();
    this.#isOver = true;
    await cleanUp();
    if (report === undefined) throw new MonitorError('the monitor ended without reporting the exit of the process');
    return { status: report.data, timedOut: report.data < 0 && report.message === EXEC_TIMED_OUT };
  }
}
