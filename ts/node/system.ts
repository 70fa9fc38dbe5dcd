/** The planner's {@link Host} in Node. */
import { accessSync, constants, readlinkSync, statSync } from 'node:fs';
import type { Host } from '../planner/host.js';
import { decode, encode } from './bytes.js';
import { messageOfSystem } from './system-message.js';

export const system: Host = {
  cwd() {
    // Throws when the directory is gone; the link would then name one that is not there.
    process.cwd();
    return decode(readlinkSync('/proc/self/cwd', { encoding: 'buffer' }));
  },
  isExecutable(path) {
    return whyNot(path) === undefined;
  },
  whyNotExecutable(path) {
    return whyNot(path) ?? 'Success';
  },
};

function whyNot(path: string): string | undefined {
  const bytes = encode(path);
  try {
    accessSync(bytes, constants.X_OK);
    // access(2) allows root to "execute" a directory; execve(2) then says EACCES.
    return statSync(bytes).isFile() ? undefined : 'Permission denied';
  } catch (error) {
    return messageOfSystem(error);
  }
}
