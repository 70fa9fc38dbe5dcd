/**
 * Values of options that several commands have.
 */
import { CtlError } from '../error.js';

/** `NAME=VALUE`. Throws a {@link CtlError} for anything else. */
export function variable(text: string): readonly [string, string] {
  const end = text.indexOf('=');
  if (end <= 0) throw new CtlError(`--env needs NAME=VALUE, not ${JSON.stringify(text)}`);
  return [text.slice(0, end), text.slice(end + 1)];
}

/** A number of seconds from 1 on. Throws a {@link CtlError} for anything else. */
export function seconds(option: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 2_147_483) return value;
  throw new CtlError(`${option} needs a number of seconds from 1 on, not ${JSON.stringify(text)}`);
}
