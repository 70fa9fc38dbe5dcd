/** Containers whose monitor is gone, by the records that the monitors have left. */
import { isRunning } from '../../node/monitors/process-end.js';
import { caller } from '../../node/users.js';
import { recordPaths } from './places.js';
import { readRescueRecord, type RescueRecord } from './record.js';

/** Those of the caller in the places that are known. */
export async function findOrphans(uid: number = caller()): Promise<readonly RescueRecord[]> {
  const found: RescueRecord[] = [];
  for (const record of readAll(recordPaths(uid), uid)) if (!(await isRunning(record.monitor))) found.push(record);
  return found;
}

export function readAll(paths: readonly string[], uid: number): readonly RescueRecord[] {
  return paths.flatMap((path) => readRescueRecord(path, uid) ?? []);
}
