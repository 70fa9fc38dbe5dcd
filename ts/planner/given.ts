import { parseInteger } from './integer.js';
import type { NamesOf, OptionSpec } from './options.js';
import { Refused } from './refused.js';

/** The options as they were given: right in form, nothing checked, nothing defaulted. */
export interface Given {
  readonly flags: { readonly [Name in NamesOf<'flag'>]?: boolean };
  readonly strings: { readonly [Name in NamesOf<'string'>]?: string };
  readonly lists: { readonly [Name in NamesOf<'strings'>]?: readonly string[] };
  readonly numbers: { readonly [Name in NamesOf<'int' | 'int64'>]?: number };
}

/** The same while it is being collected. */
export interface Collected extends Given {
  readonly flags: Record<string, boolean>;
  readonly strings: Record<string, string>;
  readonly lists: Record<string, string[]>;
  readonly numbers: Record<string, number>;
}

/** The start: no option was given. */
export function nothingGiven(): Collected {
  return { flags: {}, strings: {}, lists: {}, numbers: {} };
}

/**
 * Adds one occurrence of an option; of a scalar the last one wins.
 *
 * @param value ignored by flags.
 * @param spelled how the user wrote the option, for the complaint.
 * @throws {Refused} when the value is not a number or out of range.
 */
export function collect(given: Collected, name: string, spec: OptionSpec, value: string, spelled: string): void {
  const key = spec.alias ?? name;
  switch (spec.kind) {
    case 'help':
      return;
    case 'flag':
      given.flags[key] = true;
      return;
    case 'string':
      given.strings[key] = value;
      return;
    case 'strings':
      append(given.lists, key, value);
      return;
    case 'int':
    case 'int64':
      given.numbers[key] = numberFrom(value, spec.kind, spelled);
  }
}

function append(lists: Record<string, string[]>, key: string, value: string): void {
  const list = lists[key];
  if (list === undefined) lists[key] = [value];
  else list.push(value);
}

function numberFrom(text: string, kind: 'int' | 'int64', spelled: string): number {
  const number = parseInteger(text, kind === 'int' ? 'int32' : 'int64');
  if (number === 'malformed') throw malformed(`Cannot parse integer value “${text}” for ${spelled}`);
  if (number === 'out of range') throw malformed(`Integer value “${text}” for ${spelled} out of range`);
  return number;
}

/** A command line whose form is wrong, in GOption's words. */
export function malformed(complaint: string): Refused {
  return new Refused('usage', `option parsing failed: ${complaint}`);
}
