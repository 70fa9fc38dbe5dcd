/** Bounded waiting for facts that send no event. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { IS_SLOW } from './target.js';

/** Long enough for a busy machine; a test that gets here has failed. */
export const PATIENCE_MS = IS_SLOW ? 60_000 : 10_000;

/**
 * Asks every few milliseconds until the answer is neither undefined nor false.
 *
 * @throws when that takes longer than `patience` milliseconds
 */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  patience = PATIENCE_MS,
): Promise<T> {
  const end = performance.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`timed out after ${patience} ms: ${what}`);
    await sleep(5);
  }
}

/** Waits until a path exists. */
export async function untilExists(path: string, patience = PATIENCE_MS): Promise<void> {
  await until(path, () => existsSync(path), patience);
}

/** A promise that must be kept within `patience` milliseconds. */
export async function within<T>(what: string, promise: Promise<T>, patience = PATIENCE_MS): Promise<T> {
  const abort = new AbortController();
  const late = sleep(patience, undefined, { signal: abort.signal }).then(
    () => Promise.reject(new Error(`timed out after ${patience} ms: ${what}`)),
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    abort.abort();
  }
}
