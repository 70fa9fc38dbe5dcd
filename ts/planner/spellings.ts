import { SPELLINGS } from './tables.js';

/** The option that a word means when it stands alone; undefined if it is none. */
export function optionOf(word: string): string | undefined {
  const name = SPELLINGS[word];
  // Every object has a `constructor`, which is no option.
  return typeof name === 'string' ? name : undefined;
}
