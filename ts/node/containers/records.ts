/** Finds the records of containers: those of running monitors, and those below the temporary directory. */
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { namesIn } from '../attempt.js';
import type { MonitorInfo } from '../monitors/info.js';
import { monitors } from '../monitors/monitors.js';
import { type ContainerRecord, readRecord } from './record.js';
import { DIRECTORY_PREFIX } from './state-directory.js';

/** A container, and its directory. */
export interface KeptContainer {
  readonly directory: string;
  readonly record: ContainerRecord;
  /** Its monitor, if that was seen to run. */
  readonly monitorPid?: number | undefined;
}

/** What was found. */
export interface FoundRecords {
  readonly kept: readonly KeptContainer[];
  /** Monitors of other programs or users; those of exec sessions are left out. */
  readonly others: readonly MonitorInfo[];
}

/** The names that mkdtemp(3) makes of the prefixes of the library and of `conmonctl run`. */
const NAME = new RegExp(`^(?:${DIRECTORY_PREFIX}|conmonctl-)[A-Za-z0-9]{6}$`);

/** All containers of the library and of `conmonctl run` that belong to root or the caller. */
export async function findRecords(): Promise<FoundRecords> {
  const running = (await monitors()).filter(({ mode }) => mode !== 'exec');
  const kept = new Map<string, KeptContainer>();
  const others: MonitorInfo[] = [];
  for (const info of running) {
    const found = recordOfMonitor(info);
    if (found === undefined) others.push(info);
    else kept.set(found.directory, found);
  }
  for (const each of keptBelowTemporary()) if (!kept.has(each.directory)) kept.set(each.directory, each);
  return { kept: [...kept.values()], others };
}

/** Those whose directory is below the temporary one, running or not. Processes are not looked at. */
export function keptBelowTemporary(): readonly KeptContainer[] {
  return directories().flatMap((directory) => {
    const record = readRecord(directory);
    return record === undefined ? [] : [{ directory, record }];
  });
}

/** The directories below the temporary one that are named as those of containers. */
export function directories(): readonly string[] {
  const parent = tmpdir();
  const names = namesIn(parent).filter((name) => NAME.test(name));
  return names.map((name) => join(parent, name));
}

/** The record of a monitor's container: in the directory above its bundle. */
export function recordOfMonitor({ isForeign, bundle, cid, pid }: MonitorInfo): KeptContainer | undefined {
  if (isForeign || bundle === undefined) return undefined;
  const directory = dirname(bundle);
  const record = readRecord(directory);
  return record?.cid === cid ? { directory, record, monitorPid: pid } : undefined;
}
