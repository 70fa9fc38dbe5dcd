/** Asks monitors to continue as another executable. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { addon } from '../../ts/node/native/load-addon.js';
import { cmdline, comm, pids } from './proc.js';
import type { Scene } from './scene.js';
import { ROOT } from './target.js';

/** The executable of this checkout, whatever host the monitor under test was started by; or an instrumented one. */
export const EXECUTABLE = process.env['CONMON_TEST_EXECUTABLE'] ?? `${ROOT}dist/native/conmon`;

/** A copy of the executable in a directory of the scene: `/proc/PID/exe` shows which one a monitor is. */
export function copyOf(s: Scene, directory: string): string {
  mkdirSync(`${s.dir}/${directory}`, { recursive: true });
  const path = join(s.dir, directory, 'conmon');
  copyFileSync(EXECUTABLE, path);
  chmodSync(path, 0o755);
  return path;
}

/** Rejects with the monitor's reason when it keeps its executable. */
export function upgrade(s: Scene, executable: string): Promise<void> {
  return addon().upgradeMonitor(Buffer.from(`${s.bundle}/conmon.sock`), Buffer.from(executable));
}

export function executableOf(pid: number): string {
  return readlinkSync(`/proc/${pid}/exe`);
}

/** Set: all monitors of all tests are upgraded again and again while they run. */
const ALWAYS = process.env['CONMON_TEST_UPGRADES'] === '1';
const PAUSE_MS = 50;

/**
 * Upgrades the monitors that know a directory, if `CONMON_TEST_UPGRADES=1` asks for that: all there will be, or those of the first
 * container. Returns what ends it.
 */
export function upgradeAlways(dir: string, all: 'all' | 'first'): () => Promise<void> {
  if (!ALWAYS) return async () => undefined;
  const abort = new AbortController();
  const done = upgradeUntil(abort.signal, dir, all === 'all');
  return async () => {
    abort.abort();
    await done;
  };
}

async function upgradeUntil(signal: AbortSignal, dir: string, waits: boolean): Promise<void> {
  for (let seen = false; !signal.aborted;) {
    const found = pids().filter((pid) => comm(pid) === 'conmon' && cmdline(pid).some((word) => word.includes(dir)));
    if (seen && !waits && found.length === 0) return;
    seen ||= found.length > 0;
    for (const pid of found) {
      const words = cmdline(pid);
      const socket = `/proc/${pid}/root${words[words.indexOf('-b') + 1] ?? ''}/conmon.sock`;
      // Refused before the container runs and after it has ended.
      if (existsSync(socket)) await request(socket).catch(() => undefined);
    }
    await sleep(PAUSE_MS);
  }
}

function request(socket: string): Promise<void> {
  return addon().upgradeMonitor(Buffer.from(socket), Buffer.from(EXECUTABLE));
}
