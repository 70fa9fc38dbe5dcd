/**
 * The scene of one test: a temporary directory with everything that a manager would create for one container.
 * At the end of the test every process that knows the directory's name is killed, and the directory is removed.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Test } from 'tap';
import { cmdline, environ, pids } from './proc.js';
import { PATIENCE_MS } from './wait.js';

export interface Scene {
  /** The directory; all other paths are below it. */
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

/** Creates a scene, and removes it when the test ends. */
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
  for (const directory of [made.bundle, made.exits, made.persist, made.sockets]) mkdirSync(directory);
  t.teardown(() => {
    killAllOf(dir);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  });
  return made;
}

/**
 * The processes that have the directory's name, which is unique, in their command line or environment. One may be forked
 * while the others are looked at, or be in execve(2) without a command line: none is left only if two searches in a row
 * find none.
 */
export function processesOf(dir: string): number[] {
  const found = search(dir);
  return found.length > 0 ? found : search(dir);
}

function search(dir: string): number[] {
  return pids().filter(
    (pid) => pid !== process.pid && (cmdline(pid).some((word) => word.includes(dir)) || environ(pid).includes(dir)),
  );
}

/** Kills the processes that know the directory. */
export function killAllOf(dir: string): void {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    const found = processesOf(dir);
    if (found.length === 0) return;
    for (const pid of found) kill(pid);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It exited by itself.
  }
}
