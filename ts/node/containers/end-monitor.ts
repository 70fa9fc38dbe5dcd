/** Sees to it that a monitor that was started goes away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readNumber } from '../foreign/number-in.js';
import { hasEnded, isAlive } from '../monitors/process-end.js';
import type { Launched } from './launch.js';

/** A runtime that was still creating when it was first asked to delete has finished by one of these. */
const ATTEMPTS = 5;
const ATTEMPT_MS = 2000;

/**
 * After something went wrong on the way to a container, however far it had got. A monitor hands SIGTERM on to the runtime that
 * creates, and then to the container.
 *
 * @param remove removes what the runtime has made; it may fail
 */
export async function endMonitor(launched: Launched, pidfile: string, remove: () => Promise<void>): Promise<void> {
  launched.abandon();
  const pid = readNumber(pidfile);
  // It refused its command line: there is no monitor, and nothing was made.
  if (pid === undefined || pid <= 1) return;
  send(pid, 'SIGTERM');
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    // A runtime that does not come back holds up nobody.
    const removed = remove().catch(() => undefined);
    if (await hasEnded(pid, ATTEMPT_MS))
      return void (await Promise.race([removed, sleep(ATTEMPT_MS, undefined, { ref: false })]));
  }
  send(pid, 'SIGKILL');
}

function send(pid: number, signal: NodeJS.Signals): void {
  if (!isAlive(pid)) return;
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended just now.
  }
}
