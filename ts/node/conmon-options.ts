/** From typed options to the command line of `conmon`: each option under its own name in camel case. */
import { OPTION_SPECS } from '../planner/options.js';
import type { ConmonOptions } from './conmon-option-types.js';

export type { ConmonOptions };

/** The command line that these options make, without the name of the program. */
export function commandLine(options: ConmonOptions): string[] {
  const values = new Map<string, unknown>(Object.entries(options));
  return Object.keys(OPTION_SPECS).flatMap((name) => wordsOf(name, values.get(camelCase(name))));
}

/** `log-path` → `logPath`. */
export function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** A value always is a word of its own, whatever it looks like. */
function wordsOf(name: string, value: unknown): string[] {
  if (value === undefined || value === false) return [];
  if (value === true) return [`--${name}`];
  return (Array.isArray(value) ? value : [value]).flatMap((each) => [`--${name}`, String(each)]);
}
