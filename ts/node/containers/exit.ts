/** How a container has ended, from the files that its monitor leaves. */
import { stat } from 'node:fs/promises';
import type { Plan } from '../../planner/plan.js';
import type { Ended } from '../addon.js';
import { encode } from '../bytes.js';
import { MonitorError } from '../errors.js';
import { readNumber } from '../foreign/number-in.js';

/** What stands in an exit file after the time limit. */
const TIMED_OUT = -1;

/** To be asked when the monitor has nothing more to report. */
export async function exitOf(plan: Plan, pid: number): Promise<Ended> {
  const status = plan.exit.files.map((path) => readNumber(path)).find((found) => found !== undefined);
  if (status === undefined) {
    throw new MonitorError(`the monitor of ${plan.cid} is gone without telling how the container has ended`);
  }
  const oom = await Promise.all(plan.oomFiles.map(exists));
  return { status, pid, oomKilled: oom.includes(true), timedOut: status === TIMED_OUT };
}

async function exists(path: string): Promise<boolean> {
  return stat(encode(path)).then(
    () => true,
    () => false,
  );
}
