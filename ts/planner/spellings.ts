import { SPELLINGS } from './tables.js';

/** The option that a word names; undefined if it names none. */
export function optionOf(word: string): string | undefined {
  const name = SPELLINGS[word];
  // Every object has a `constructor`, which is not an option.
  return typeof name === 'string' ? name : undefined;
}
