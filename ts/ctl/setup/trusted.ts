/**
 * Whether root may be made to execute a file: no other user may be able to replace it.
 */
import { lstatSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { ROOT } from '../../node/users.js';

const WRITABLE_FOR_GROUP = 0o020;
const WRITABLE_FOR_ALL = 0o002;
const STICKY = 0o1000;

/** Why the path is not to be trusted; undefined if it is. `look` is lstat(2). */
export function whyNotTrusted(path: string, look: (path: string) => Stats = lstatSync): string | undefined {
  for (let place = path; ; place = dirname(place)) {
    const why = whyNot(place, look(place), place === path);
    if (why !== undefined || place === dirname(place)) return why;
  }
}

function whyNot(path: string, { uid, gid, mode }: Stats, isFile: boolean): string | undefined {
  if (uid !== ROOT) return `${path} belongs to user ${uid}`;
  // In a sticky directory (/tmp) other users can create files, but neither rename nor remove ours.
  if ((mode & WRITABLE_FOR_ALL) !== 0 && (isFile || (mode & STICKY) === 0)) return `any user can write to ${path}`;
  if ((mode & WRITABLE_FOR_GROUP) !== 0 && gid !== ROOT && (isFile || (mode & STICKY) === 0))
    return `group ${gid} can write to ${path}`;
  return undefined;
}
