/** Tells a failure of the monitor from one of the runtime: both are reported in the same message of the sync pipe. */
import { MONITOR_FAILED } from '../../planner/constants.js';

/** What the monitor could not do; undefined for a message of the runtime. */
export function monitorFailure(message: string | undefined): string | undefined {
  return message?.startsWith(MONITOR_FAILED) === true ? message.slice(MONITOR_FAILED.length) : undefined;
}
