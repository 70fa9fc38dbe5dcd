/**
 * Sees to it that neither the container nor its monitor is left, however far things had got.
 */
import type { Container } from './container.js';
import { CtlError, messageOf } from '../error.js';
import { readPid } from './launch.js';
import { hasEnded, isAlive } from '../../node/monitors/process-end.js';
import type { Launched } from '../../node/containers/launch.js';

/** A runtime that was still creating when we first asked has finished by one of these. */
const ATTEMPTS = 5;
const ATTEMPT_MS = 2000;

/** `created` is whether the monitor has reported a container. */
export async function endContainer(
  container: Container,
  launched: Launched,
  monitorPidfile: string,
  created: boolean,
): Promise<void> {
  launched.abandon();
  const monitor = await readPid(monitorPidfile).catch(() => undefined);
  // It refused its command line: there is no monitor and no container.
  if (monitor === undefined) return;
  // A monitor hands this on to the runtime that creates; once there is a container, it would be the container's.
  if (!created && isAlive(monitor)) process.kill(monitor, 'SIGTERM');
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
