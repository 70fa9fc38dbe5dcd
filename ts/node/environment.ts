/**
 * The environment that our caller meant. Some variables change what Node does before our first line runs: a bad
 * `NODE_OPTIONS` ends it, `NODE_EXTRA_CA_CERTS` costs 60 ms. So `bin/conmon-node` moves them aside, and here they come
 * back, for the runtime and the exit command. That they stood at another place or were empty is lost.
 */
import { decode } from './bytes.js';

/** Names under which `bin/conmon-node` moves variables aside. They are short because the first line of a script is. */
const MOVED: ReadonlyMap<string, string> = new Map([
  ['_CN_O', 'NODE_OPTIONS'],
  ['_CN_C', 'NODE_EXTRA_CA_CERTS'],
]);

const EQUALS = 0x3d;

/** The entries as the caller gave them. */
export function callersEnvironment(entries: readonly Buffer[]): readonly Buffer[] {
  return entries.flatMap((entry) => {
    const equals = entry.indexOf(EQUALS);
    const original = MOVED.get(entry.toString('latin1', 0, Math.max(equals, 0)));
    if (original === undefined) return [entry];
    const value = entry.subarray(equals + 1);
    return value.length === 0 ? [] : [Buffer.concat([Buffer.from(`${original}=`), value])];
  });
}

/** Looks up variables like getenv(3): of several entries with one name the first counts. */
export function lookup(entries: readonly Buffer[]): (name: string) => string | undefined {
  return (name) => {
    const prefix = Buffer.from(`${name}=`);
    const entry = entries.find((each) => each.subarray(0, prefix.length).equals(prefix));
    return entry === undefined ? undefined : decode(entry.subarray(prefix.length));
  };
}
