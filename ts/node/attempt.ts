import { readdirSync } from 'node:fs';

/** What `ask` returns; undefined if it throws, whatever the reason is. */
export function attempt<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

/** The names in a directory; none if it does not exist or may not be read. */
export function namesIn(directory: string): readonly string[] {
  return attempt(() => readdirSync(directory)) ?? [];
}
