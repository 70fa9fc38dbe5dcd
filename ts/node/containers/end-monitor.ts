/** Ends a monitor that was started, after something failed on the way to a container. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readNumber } from '../foreign/number-in.js';
import { hasEnded } from '../monitors/process-end.js';
import type { LaunchedMonitor } from './launched-monitor.js';

/** A runtime that was still creating at the first attempt to delete has finished by one of these. */
const ATTEMPTS = 5;
const ATTEMPT_MS = 2000;

/**
 * Leaves neither a container nor a monitor, however far they had got. A monitor forwards SIGTERM to the runtime that creates, and
 * then to the container.
 *
 * @param remove deletes the container, if the runtime has made it; may fail
 */
export async function endMonitor(
  launched: LaunchedMonitor,
  pidfile: string,
  remove: () => Promise<unknown>,
): Promise<void> {
  launched.abandon();
  const pid = readNumber(pidfile);
  // It refused its command line, and made nothing.
  if (pid === undefined || pid <= 1) return;
  send(pid, 'SIGTERM');
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    // Not awaited: the runtime may never return.
    const removed = remove().catch(() => undefined);
    if (await hasEnded(pid, ATTEMPT_MS))
      return void (await Promise.race([removed, sleep(ATTEMPT_MS, undefined, { ref: false })]));
  }
  send(pid, 'SIGKILL');
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
