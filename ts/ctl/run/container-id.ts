/**
 * Ids of containers, which become names of files and cgroups.
 */
import { randomBytes } from 'node:crypto';
import { CtlError } from '../error.js';

/** A random one. */
export function newRunId(): string {
  return `conmonctl-${randomBytes(6).toString('hex')}`;
}

/** The id, if it is valid. */
export function checkId(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(id)) return id;
  const advice = 'Letters, digits, "_", "." and "-", 64 at most, and a letter or digit first.';
  throw new CtlError(`this cannot be the id of a container: ${JSON.stringify(id)}`, { advice });
}
