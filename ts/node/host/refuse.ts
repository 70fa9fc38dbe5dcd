/** Reports a refusal to the user, to syslog, and to each manager that waits on a pipe. */
import type { Refusal } from '../../planner/plan.js';
import { encode } from '../bytes.js';
import { InstallationError } from '../native/installation-error.js';
import { addon } from '../native/load-addon.js';
import { writeAll } from './write-all.js';

const STDERR = 2;

/** Returns the exit status. */
export function refuse(refusal: Refusal): number {
  return withSyslog(refusal) ?? withoutSyslog(refusal);
}

/** Node has no datagram sockets in the file system; the addon has. Undefined if it was not requested or there is no addon. */
function withSyslog(refusal: Refusal): number | undefined {
  if (refusal.syslog === null) return undefined;
  try {
    return addon().refuse(JSON.stringify({ refusal }));
  } catch (error) {
    if (error instanceof InstallationError) return undefined;
    throw error;
  }
}

function withoutSyslog(refusal: Refusal): number {
  writeAll(STDERR, encode(refusal.stderr));
  for (const { fd, line } of refusal.replies) writeAll(fd, encode(line));
  return refusal.status;
}
