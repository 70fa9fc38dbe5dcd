/**
 * Names of users, as far as `/etc/passwd` has them: passwd(5).
 */
import { readFileSync } from 'node:fs';

const PASSWD = '/etc/passwd';

/** Gives the name of a user, or else the number. */
export function userNames(passwd: string = textOf(PASSWD)): (uid: number) => string {
  const names = new Map<string, string>();
  for (const line of passwd.split('\n')) {
    const [name, , uid] = line.split(':');
    if (name && uid !== undefined && !names.has(uid)) names.set(uid, name);
  }
  return (uid) => names.get(String(uid)) ?? String(uid);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
