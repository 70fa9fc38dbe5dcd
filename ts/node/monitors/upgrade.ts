/** Running monitors of this project, and the executable that they are to continue as. */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MONITOR_SOCKET } from '../../planner/bundle-files.js';
import { attempt } from '../attempt.js';
import { readRegular } from '../foreign/read-regular.js';
import { addon } from '../native/load-addon.js';
import { LOOKED_AT, versionInNote } from './elf-note.js';
import type { MonitorInfo } from './info.js';

/** Why a monitor cannot be asked to continue as another executable; undefined if it can. */
export function whyNotUpgradable({ kind, isForeign, control, state }: MonitorInfo): string | undefined {
  if (isForeign) return 'it belongs to another user';
  if (kind !== 'conmon-node') return 'it is not a monitor of this project';
  if (control === undefined) return 'it has no private socket';
  if (state === 'creating' || state === 'ended') return 'its container does not run';
  return undefined;
}

/** Whether it runs this file already. */
export function runs(pid: number, executable: string): boolean {
  const [running, wanted] = [`/proc/${pid}/exe`, executable].map((path) =>
    attempt(() => statSync(path, { bigint: true })),
  );
  return running !== undefined && running.dev === wanted?.dev && running.ino === wanted.ino;
}

/** The version of an executable of this project; undefined for any other file. */
export function versionOfExecutable(path: string): string | undefined {
  const beginning = readRegular(path, LOOKED_AT);
  return beginning && versionInNote(beginning.bytes);
}

/**
 * Resolves when the monitor has become that executable.
 *
 * @throws when it keeps its executable; the message is the monitor's reason
 */
export async function upgradeMonitor({ control = '' }: MonitorInfo, executable: string): Promise<void> {
  const socket = join(dirname(control), MONITOR_SOCKET);
  await addon().upgradeMonitor(Buffer.from(socket), Buffer.from(executable));
}
