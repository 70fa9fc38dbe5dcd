/**
 * Lays out a command line: one option a line, with what it is for behind it.
 */
import type { OptionGroup } from './monitor-command.js';

/** Longer ones have their meaning right behind them instead of in the column. */
const WIDEST = 60;

/** Pairs of the quoted arguments, padded to a column, and their meaning. */
export function commandLines(options: readonly OptionGroup[]): readonly (readonly [string, string])[] {
  const quoted = options.map((option) => option.args.map(quote).join(' '));
  const width = Math.max(0, ...quoted.map((text) => text.length).filter((length) => length <= WIDEST));
  return options.map((option, index) => [(quoted[index] ?? '').padEnd(width), option.meaning]);
}

/** As a POSIX shell would take it. */
export function quote(argument: string): string {
  return /^[\w./:=@%+,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
