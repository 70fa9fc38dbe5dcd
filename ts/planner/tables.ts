/**
 * What is derived from the table of options and that of log formats. The build puts the values in place of this module (`scripts/build-planner.mjs`):
 * deriving them at every start would add a third of a million instructions to two million.
 */
import { helpText } from './help.js';
import { LOG_FORMATS, type LogFormat } from './plan.js';
import { OPTION_SPECS, type OptionKind } from './options.js';

/** The output of `--help`. */
export const HELP: string = helpText();

/** Every option as a word of its own, `--name` and `-x`, and the option that it means. */
export const SPELLINGS: Readonly<Record<string, string>> = spellings();

/** How each option that is not an alias takes its value. */
export const KINDS: Readonly<Record<string, OptionKind>> = kinds();

/** The drivers that keep a log in a file, named after its format. */
export const FILE_DRIVERS: readonly LogFormat[] = fileDrivers();

function fileDrivers(): readonly LogFormat[] {
  return Object.keys(LOG_FORMATS) as LogFormat[];
}

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
