/**
 * Sees to it that neither the container nor its monitor is left, however far things had got.
 */
import type { Container } from './container.js';
import { CtlError, messageOf } from './error.js';
import { readPid } from './launch.js';
import { hasEnded } from './process.js';
import type { LaunchedMonitor } from './spawn-monitor.js';

/** A runtime that was still creating when we first asked has finished by one of these. */
const ATTEMPTS = 5;
const ATTEMPT_MS = 2000;

export async function endContainer(
  container: Container,
  launched: LaunchedMonitor,
  monitorPidfile: string,
): Promise<void> {
  launched.kill();
  const monitor = await readPid(monitorPidfile).catch(() => undefined);
  // It refused its command line: there is no monitor and no container.
  if (monitor === undefined) return;
  let problem = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    problem = await container.delete().then(
      () => '',
      (error: unknown) => messageOf(error),
    );
    if (await hasEnded(monitor, ATTEMPT_MS)) return;
  }
  process.kill(monitor, 'SIGKILL');
  throw new CtlError(`the monitor ${monitor} did not end and was killed${problem === '' ? '' : `; ${problem}`}`);
}
