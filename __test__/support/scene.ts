/**
 * The world of one test: a temporary folder with everything that a manager would have laid out for one container.
 * At the end of the test every process that knows the folder's name is killed, and the folder is removed.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Test } from 'tap';
import { cmdline, environ, pids } from './proc.js';
import { PATIENCE_MS } from './wait.js';

export interface Scene {
  /** The folder; all other paths are below it. */
  readonly dir: string;
  readonly cid: string;
  readonly bundle: string;
  readonly exits: string;
  readonly persist: string;
  readonly sockets: string;
  readonly log: string;
  readonly pidfile: string;
  readonly conmonPidfile: string;
  /** `EXITDIR/CID` */
  readonly exitFile: string;
  /** `PERSISTDIR/exit` */
  readonly persistFile: string;
}

/** Lays out a scene, and clears it away when the test ends. */
export function scene(t: Test): Scene {
  const dir = realpathSync(mkdtempSync(`${tmpdir()}/conmon-e2e-`));
  const cid = randomBytes(32).toString('hex');
  const made: Scene = {
    dir,
    cid,
    bundle: `${dir}/bundle`,
    exits: `${dir}/exits`,
    persist: `${dir}/persist`,
    sockets: `${dir}/sockets`,
    log: `${dir}/ctr.log`,
    pidfile: `${dir}/pidfile`,
    conmonPidfile: `${dir}/conmon.pid`,
    exitFile: `${dir}/exits/${cid}`,
    persistFile: `${dir}/persist/exit`,
  };
  for (const folder of [made.bundle, made.exits, made.persist, made.sockets]) mkdirSync(folder);
  t.teardown(() => {
    killAllOf(dir);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  });
  return made;
}

/** The processes that have the folder's name, which is unique, in their command line or environment. */
export function processesOf(dir: string): number[] {
  return pids().filter(
    (pid) => pid !== process.pid && (cmdline(pid).some((word) => word.includes(dir)) || environ(pid).includes(dir)),
  );
}

/**
 * Kills the processes that know the folder. One may be forked while we look, or be between two programs and without a command
 * line: only when nobody was there twice in a row, nobody is left.
 */
export function killAllOf(dir: string): void {
  const end = performance.now() + PATIENCE_MS;
  for (let quiet = 0; quiet < 2 && performance.now() < end;) {
    const found = processesOf(dir);
    quiet = found.length === 0 ? quiet + 1 : 0;
    for (const pid of found) kill(pid);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
