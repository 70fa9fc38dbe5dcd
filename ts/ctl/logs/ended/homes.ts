/** Home directories, as far as `/etc/passwd` has them: passwd(5). */
import { readText } from '../../../node/foreign/read-text.js';

/** Those of all users but root, by uid. */
export function homesOf(path = '/etc/passwd'): ReadonlyMap<number, string> {
  const entries = linesOf(path).flatMap((line) => {
    const [, , uid = '', , , home = ''] = line.split(':');
    return /^[1-9]\d*$/.test(uid) && home.startsWith('/') ? [[Number(uid), home] as const] : [];
  });
  return new Map(entries.toReversed());
}

function linesOf(path: string): readonly string[] {
  try {
    return readText(path).split('\n');
  } catch {
    return [];
  }
}
