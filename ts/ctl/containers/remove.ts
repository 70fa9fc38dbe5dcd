/** Removes a container with everything that belongs to it. */
import type { Container } from '../../node/containers/container.js';
import { CtlError } from '../error.js';

/** How long a monitor may take to end once its container has been deleted. */
const END_MS = 10_000;

/** A monitor that does not end with its container is killed. Throws a {@link CtlError} then. */
export async function removeContainer(container: Container): Promise<void> {
  const signal = AbortSignal.timeout(END_MS);
  await container.delete({ signal }).catch((error: unknown) => {
    // 0 would be our own process group.
    if (!signal.aborted || container.monitorPid <= 1) throw error;
    process.kill(container.monitorPid, 'SIGKILL');
    throw new CtlError(`the monitor ${container.monitorPid} did not end and was killed`);
  });
}
