/** Waits for a condition that sends no event. */
import { setTimeout as sleep } from 'node:timers/promises';

const SHORTEST_MS = 10;
const LONGEST_MS = 200;

/**
 * Calls `probe` until it returns something, or until the time is over: then undefined. It is called every 10 ms at first, and
 * less often the longer it takes, down to five times a second.
 *
 * @param options `signal` ends the waiting; with `ref: false` it does not keep the program alive
 * @throws the signal's reason
 */
export async function poll<T>(
  probe: () => Promise<T | undefined>,
  milliseconds = Number.POSITIVE_INFINITY,
  options: { readonly signal?: AbortSignal | undefined; readonly ref?: boolean } = {},
): Promise<T | undefined> {
  const start = performance.now();
  for (;;) {
    const found = await probe();
    const elapsed = performance.now() - start;
    if (found !== undefined || elapsed > milliseconds) return found;
    await sleep(Math.min(Math.max(elapsed / 10, SHORTEST_MS), LONGEST_MS), undefined, options);
  }
}
