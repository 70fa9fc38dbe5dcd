/** inotify(7), by way of `fs.watch`: rings when a log may have changed. Nothing is polled. */
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { encode } from '../bytes.js';
import { reasonOf } from '../reason.js';
import { LogError } from './errors.js';
import type { LogFile } from './log-file.js';
import type { Wakeup } from './wakeup.js';

/**
 * Rings when an open file grows, is emptied, renamed or unlinked. The watch is on the file itself, whatever its name is
 * by now.
 */
export function watchFile(file: LogFile, wakeup: Wakeup): FSWatcher {
  return ringing(file.path, wakeup, () => watch(`/proc/self/fd/${file.fd}`, () => wakeup.ring()));
}

/**
 * Rings when the file at a path is created, written to or replaced. Undefined when its directory is gone: then nothing will happen
 * there.
 */
export function watchName(path: string, wakeup: Wakeup): FSWatcher | undefined {
  const name = encode(basename(path));
  if (!existsSync(encode(dirname(path)))) return undefined;
  return ringing(path, wakeup, () =>
    watch(encode(dirname(path)), { encoding: 'buffer' }, (_, changed) => {
      if (changed === null || name.equals(changed)) wakeup.ring();
    }),
  );
}

function ringing(path: string, wakeup: Wakeup, start: () => FSWatcher): FSWatcher {
  try {
    // Reading the log will meet the same error.
    return start().on('error', () => wakeup.ring());
  } catch (cause) {
    const advice = 'the limits are fs.inotify.max_user_instances and fs.inotify.max_user_watches of sysctl(8)';
    throw new LogError(`cannot watch the log ${path}: ${reasonOf(cause)}; ${advice}`, { cause });
  }
}
