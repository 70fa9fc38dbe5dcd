/** Finds what programs have left behind that ended without removing their containers. */
import { lstatSync } from 'node:fs';
import { readNumber } from '../foreign/number-in.js';
import { isMonitorOf } from './open.js';
import { isCreatorRunning, isTrusted, readRecord } from './record.js';
import { directories, findRecords, type KeptContainer } from './records.js';
import { stateDirectoryAt } from './state-directory.js';

/** A container's directory that no program will remove any more. */
export interface Leftover {
  readonly directory: string;
  /** Undefined when nothing is known of the container. */
  readonly cid: string | undefined;
  /** Its monitor runs. */
  readonly isRunning: boolean;
  /**
   * `abandoned`: the container was to end with the program that has created it. `ended`: it has ended, and that program has as well.
   * `incomplete`: no container has been created in it.
   */
  readonly reason: 'abandoned' | 'ended' | 'incomplete';
}

/** How long a program may take from the directory to its record. */
const INCOMPLETE_MS = 60_000;

/** Those of root and the caller. A container that runs without its program is not among them, unless it was to end with that. */
export async function leftovers(now: number = Date.now()): Promise<readonly Leftover[]> {
  const { kept } = await findRecords();
  const found = (await Promise.all(kept.map(ofRecord))).filter((each) => each !== undefined);
  const incomplete = directories().filter((directory) => isIncomplete(directory, now));
  return [
    ...found,
    ...incomplete.map((directory): Leftover => ({ directory, cid: undefined, isRunning: false, reason: 'incomplete' })),
  ];
}

async function ofRecord(kept: KeptContainer): Promise<Leftover | undefined> {
  const { directory, record } = kept;
  if (await isCreatorRunning(record.creator)) return undefined;
  const monitorRuns = await hasMonitor(kept);
  if (monitorRuns && !record.isAttended) return undefined;
  const reason = record.isAttended ? 'abandoned' : 'ended';
  return { directory, cid: record.cid, isRunning: monitorRuns, reason };
}

/** Whether the monitor of a container runs. */
async function hasMonitor({ directory, record }: KeptContainer): Promise<boolean> {
  const { monitorPidfile, bundle } = stateDirectoryAt(directory, false);
  return isMonitorOf(readNumber(record.options.conmonPidfile ?? monitorPidfile) ?? 0, bundle);
}

function isIncomplete(directory: string, now: number): boolean {
  if (!isTrusted(directory) || readRecord(directory) !== undefined) return false;
  const facts = lstatSync(directory, { throwIfNoEntry: false });
  return facts !== undefined && now - facts.mtimeMs > INCOMPLETE_MS;
}
