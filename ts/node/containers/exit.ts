/** How a container has ended, from the files that its monitor leaves. */
import { stat, readFile } from 'node:fs/promises';
import type { Plan } from '../../planner/plan.js';
import type { Ended } from '../addon.js';
import { encode } from '../bytes.js';
import { MonitorError } from '../errors.js';

/** What stands in an exit file after the time limit. */
const TIMED_OUT = -1;

/** To be asked when the monitor has nothing more to report. */
export async function exitOf(plan: Plan, pid: number): Promise<Ended> {
  const statuses = await Promise.all(plan.exit.files.map(statusIn));
  const status = statuses.find((found) => found !== undefined);
  if (status === undefined) {
    throw new MonitorError(`the monitor of ${plan.cid} is gone without telling how the container has ended`);
  }
  const oom = await Promise.all(plan.oomFiles.map(exists));
  return { status, pid, oomKilled: oom.includes(true), timedOut: status === TIMED_OUT };
}

async function statusIn(path: string): Promise<number | undefined> {
  const text = await readFile(encode(path), 'latin1').catch(() => '');
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

async function exists(path: string): Promise<boolean> {
  return stat(encode(path)).then(
    () => true,
    () => false,
  );
}
