import { parseInteger } from './integer.js';
import type { NamesOf } from './options.js';
import { Refused } from './refused.js';
import { KINDS } from './tables.js';

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
 * Adds the value of an option; of a scalar the last one wins.
 *
 * @param spelled how the user wrote the option, for the complaint.
 * @throws {Refused} when the option takes a number and the value is malformed or out of range.
 */
export function collect(given: Collected, name: string, value: string, spelled: string): void {
  const kind = KINDS[name];
  if (kind === 'strings') {
    const list = given.lists[name];
    if (list === undefined) given.lists[name] = [value];
    else list.push(value);
  } else if (kind === 'string') {
    given.strings[name] = value;
  } else if (kind === 'int' || kind === 'int64') {
    given.numbers[name] = numberFrom(value, kind, spelled);
  }
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
