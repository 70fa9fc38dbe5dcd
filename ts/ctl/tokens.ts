/**
 * Words of a command line, split at the options of a table.
 */
import { parseArgs } from 'node:util';
import type { Option, Table } from './command.js';

/** A word as `parseArgs` understands it. */
export type Token = NonNullable<ReturnType<typeof tokensOf>>[number];

/** Splits words at the options of a table. What is not in the table is an option without a value. */
export function tokensOf(words: readonly string[], table: Table) {
  const options = Object.entries(table).map(([name, option]) => {
    const short = typeof option.alias === 'string' ? { short: option.alias } : {};
    return [name, { type: takesValue(option) ? 'string' : 'boolean', ...short }] as const;
  });
  const config = { options: Object.fromEntries(options), strict: false, tokens: true, allowPositionals: true } as const;
  return parseArgs({ args: [...words], ...config }).tokens;
}

/** Whether a value follows the option. */
export function takesValue({ type }: Option): boolean {
  return type !== 'boolean';
}

/** How an option is written: `-f`, `--follow`. */
export function spellings(name: string, { alias }: Option): readonly string[] {
  return [...(typeof alias === 'string' ? [`-${alias}`] : []), `--${name}`];
}
