/**
 * Lays out a command line: one option a line, followed by what it is for.
 */
import type { OptionGroup } from './option-meanings.js';

/** The meaning of a longer one follows it directly instead of in the column. */
const WIDEST = 60;

/** Pairs of the quoted arguments, padded to a column, and their meaning. */
export function commandLines(options: readonly OptionGroup[]): readonly (readonly [string, string])[] {
  const quoted = options.map((option) => option.args.map(quote).join(' '));
  const width = Math.max(0, ...quoted.map((text) => text.length).filter((length) => length <= WIDEST));
  return options.map((option, index) => [(quoted[index] ?? '').padEnd(width), option.meaning]);
}

/** Quotes for a POSIX shell. */
export function quote(argument: string): string {
  return /^[\w./:=@%+,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
