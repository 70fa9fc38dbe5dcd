/** How a container has exited, from the files that its monitor leaves. */
import { stat } from 'node:fs/promises';
import type { Plan } from '../../planner/plan.js';
import type { ContainerExit } from '../addon.js';
import { encode } from '../bytes.js';
import { MonitorError } from '../errors.js';
import { LONGEST_NUMBER, numberIn } from '../foreign/number-in.js';
import { readRegular } from '../foreign/read-regular.js';
import type { OnStep } from './steps.js';

/** The status in an exit file after the time limit. */
const TIMED_OUT = -1;

interface ReportedStatus {
  readonly path: string;
  readonly content: string;
  readonly status: number;
}

/**
 * To be called when the monitor has nothing more to report.
 *
 * @throws {@link MonitorError} when no exit file holds a status
 */
export async function exitOf(plan: Plan, pid: number, onStep: OnStep): Promise<ContainerExit> {
  const found = reportedStatus(plan);
  if (found === undefined) throw new MonitorError(`the monitor ended without writing the exit file of ${plan.cid}`);
  onStep({ kind: 'exited', ...found });
  const oom = await Promise.all(plan.oomFiles.map(exists));
  return { status: found.status, pid, oomKilled: oom.includes(true), timedOut: found.status === TIMED_OUT };
}

/** Undefined before the monitor has written an exit file. */
export function reportedStatus({ exit }: Plan): ReportedStatus | undefined {
  // The last one is in the directory for all containers, where managers watch; the other is for later readers.
  for (const path of exit.files.toReversed()) {
    const file = readRegular(path, LONGEST_NUMBER);
    const status = numberIn(file);
    if (file !== undefined && status !== undefined) return { path, content: file.bytes.toString('latin1'), status };
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return stat(encode(path)).then(
    () => true,
    () => false,
  );
}
