/** The planner's {@link Host} in Node. */
import { accessSync, constants, readlinkSync } from 'node:fs';
import type { Host } from '../../planner/host.js';
import { decode, encode } from '../bytes.js';
import { messageOfSystem } from './system-message.js';

export const system: Host = {
  cwd() {
    // Throws when the directory is gone; the link would then name one that does not exist.
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
  try {
    // As C conmon asks. A directory passes; the failure to execute it is then reported like any other of a runtime.
    accessSync(encode(path), constants.X_OK);
    return undefined;
  } catch (error) {
    return messageOfSystem(error);
  }
}
