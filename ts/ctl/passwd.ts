/**
 * What `/etc/passwd` has of users, passwd(5). Nothing if it cannot be read.
 */
import { attempt } from '../node/attempt.js';
import { readText } from '../node/foreign/read-text.js';

interface Entry {
  readonly name: string;
  readonly uid: string;
  readonly home: string;
}

/** Gives the name of a user, or else the number. */
export function userNames(): (uid: number) => string {
  const names = new Map(entries().map(({ uid, name }) => [uid, name]));
  return (uid) => names.get(String(uid)) || String(uid);
}

/** The home directories of all users but root, by uid. */
export function homes(): ReadonlyMap<number, string> {
  const found = entries().filter(({ uid, home }) => /^[1-9]\d*$/.test(uid) && home.startsWith('/'));
  return new Map(found.map(({ uid, home }) => [Number(uid), home]));
}

/** The last entries first, so that the first of a uid takes precedence in a map. */
function entries(): readonly Entry[] {
  const lines = attempt(() => readText('/etc/passwd'))?.split('\n') ?? [];
  return lines.toReversed().map((line) => {
    const [name = '', , uid = '', , , home = ''] = line.split(':');
    return { name, uid, home };
  });
}
