/** `conmonctl rescue --watch`: rescues containers as soon as their monitor is killed, until a signal ends it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { statSync } from 'node:fs';
import { isRunning } from '../../node/monitors/process-end.js';
import { recordPaths } from './places.js';
import { readRescueRecord, type RescueRecord } from './record.js';
import type { Outcome } from './rescue.js';

/** Between two checks: a killed monitor is replaced within a second. */
const INTERVAL_MS = 400;
/** A container that could not be rescued is tried again after this many checks, twice as many each time, up to the last number. */
const FIRST_PAUSE = 2;
const LAST_PAUSE = 150;

interface Watched {
  readonly record: RescueRecord;
  /** Of the file that the record was read from. */
  readonly inode: number;
  /** Checks to skip after a failure. */
  pause: number;
  waits: number;
}

/** Resolves with the exit status when a signal has ended it. */
export async function watch(
  uid: number,
  rescueOne: (record: RescueRecord) => Promise<Outcome>,
  report: (outcome: Outcome) => Promise<void>,
): Promise<number> {
  const end = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => end.abort());
  let known = new Map<string, Watched>();
  while (!end.signal.aborted) {
    known = look(known, uid);
    for (const each of known.values()) {
      if (end.signal.aborted) break;
      if (each.waits > 0) each.waits -= 1;
      else if (!(await isRunning(each.record.monitor))) await attempt(each, rescueOne, report);
    }
    await sleep(INTERVAL_MS, undefined, { signal: end.signal }).catch(() => undefined);
  }
  return 0;
}

/** The records that are there now. A file is read once. */
function look(before: ReadonlyMap<string, Watched>, uid: number): Map<string, Watched> {
  const now = new Map<string, Watched>();
  for (const path of recordPaths(uid)) {
    const inode = statSync(path, { throwIfNoEntry: false })?.ino;
    if (inode === undefined) continue;
    const known = before.get(path);
    if (known?.inode === inode) {
      now.set(path, known);
      continue;
    }
    const record = readRescueRecord(path, uid);
    if (record !== undefined) now.set(path, { record, inode, pause: FIRST_PAUSE, waits: 0 });
  }
  return now;
}

async function attempt(
  each: Watched,
  rescueOne: (record: RescueRecord) => Promise<Outcome>,
  report: (outcome: Outcome) => Promise<void>,
): Promise<void> {
  // A monitor that ends removes its record: one that was read before may be gone by now.
  if (statSync(each.record.path, { throwIfNoEntry: false })?.ino !== each.inode) return;
  const outcome = await rescueOne(each.record);
  if (outcome.result === 'failed') {
    each.waits = each.pause;
    each.pause = Math.min(2 * each.pause, LAST_PAUSE);
  }
  await report(outcome);
}
