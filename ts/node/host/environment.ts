/**
 * The environment that our caller meant. Some variables change what Node does before our first line runs: a bad
 * `NODE_OPTIONS` ends it, `NODE_EXTRA_CA_CERTS` costs 60 ms. So `bin/conmon-node` moves them aside, and the addon puts them
 * back, for the runtime and the exit command. Their position, and whether they were set but empty, is
 * lost.
 */
import type { MovedVariable } from '../addon.js';
import { decode } from '../bytes.js';
import { rawEnvironment } from './raw-process.js';

/** Under which names `bin/conmon-node` moves them. They are short because the first line of a script is. */
export const MOVED: readonly MovedVariable[] = [
  { aside: '_CN_O', name: 'NODE_OPTIONS' },
  { aside: '_CN_C', name: 'NODE_EXTRA_CA_CERTS' },
];

/** Node's replacement for invalid UTF-8. */
const REPLACED = '\uFFFD';

/** Looks up a variable like getenv(3), for the planner. */
export function variable(name: string): string | undefined {
  const value = process.env[name];
  return value?.includes(REPLACED) ? firstOf(rawEnvironment(), name) : value;
}

/** Of several entries with one name the first counts. */
export function firstOf(entries: readonly Buffer[], name: string): string | undefined {
  const prefix = Buffer.from(`${name}=`);
  const entry = entries.find((each) => each.subarray(0, prefix.length).equals(prefix));
  return entry === undefined ? undefined : decode(entry.subarray(prefix.length));
}
