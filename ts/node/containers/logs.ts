/** Where the output of a container is logged. */
import { resolve } from 'node:path';
import type { LogDriver, Plan } from '../../planner/plan.js';
import type { LogSource } from '../logs/source.js';

/** `cwd` is the working directory of the monitor. */
export function logsOf({ logs, cid }: Plan, cwd: string): readonly LogSource[] {
  return logs.drivers.map((driver) => sourceOf(driver, cid, cwd));
}

function sourceOf(driver: LogDriver, cid: string, cwd: string): LogSource {
  if ('journald' in driver) return { kind: 'journald', cid };
  const { format, path } = driver.file;
  return { kind: 'file', format, path: resolve(cwd, path) };
}
