/**
 * The option table turned round for reading: from a word of the command line to the option. The build works it out once
 * and puts in the result: this is the path of every container that is started.
 */
import { OPTION_SPECS, type OptionKind } from './options.js';

/** Every option as a word of its own, `--name` and `-x`, and the option that it means. */
export const SPELLINGS: Readonly<Record<string, string>> = spellings();

/** How every option that is no alias takes its value. */
export const KINDS: Readonly<Record<string, OptionKind>> = kinds();

function spellings(): Record<string, string> {
  const words: Record<string, string> = { '-?': 'help' };
  for (const [name, { short, alias }] of Object.entries(OPTION_SPECS)) {
    words[`--${name}`] = alias ?? name;
    if (short !== undefined) words[`-${short}`] = name;
  }
  return words;
}

function kinds(): Record<string, OptionKind> {
  const found: Record<string, OptionKind> = {};
  for (const [name, { kind, alias }] of Object.entries(OPTION_SPECS)) if (alias === undefined) found[name] = kind;
  return found;
}

/** The option that a word means when it stands alone; undefined if it is none. */
export function optionOf(word: string): string | undefined {
  const name = SPELLINGS[word];
  // Every object has a `constructor`, which is no option.
  return typeof name === 'string' ? name : undefined;
}
