/** When to stop following a log, which has no end of its own. */
import { nanosecondsOf, type Time } from './time.js';
import type { Wakeup } from './wakeup.js';

/** setTimeout takes no more. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;
const NANOSECONDS_A_MILLISECOND = 1_000_000n;

/** The events that can end the following of a log; each rings the wakeup. */
export class Ending {
  #reached = false;
  readonly #release: (() => void)[] = [];

  /**
   * @param end when this is settled nothing more is written
   * @param until after this time nothing more is wanted
   */
  constructor(
    wakeup: Wakeup,
    signal: AbortSignal | undefined,
    end: PromiseLike<unknown> | undefined,
    until: Time | undefined,
  ) {
    const reach = (): void => {
      this.#reached = true;
      wakeup.ring();
    };
    end?.then(reach, reach);
    if (until !== undefined) this.#reachAt(nanosecondsOf(until) / NANOSECONDS_A_MILLISECOND + 1n, reach);
    if (signal === undefined) return;
    const ring = (): void => wakeup.ring();
    signal.addEventListener('abort', ring, { once: true });
    this.#release.push(() => signal.removeEventListener('abort', ring));
  }

  /** Whether everything that is wanted has been written by now. */
  get isReached(): boolean {
    return this.#reached;
  }

  release(): void {
    for (const release of this.#release) release();
  }

  #reachAt(milliseconds: bigint, reach: () => void): void {
    const left = Number(milliseconds) - Date.now();
    const timer = setTimeout(
      () => (left > LONGEST_TIMEOUT_MS ? this.#reachAt(milliseconds, reach) : reach()),
      Math.min(Math.max(left, 0), LONGEST_TIMEOUT_MS),
    );
    this.#release.push(() => clearTimeout(timer));
  }
}
