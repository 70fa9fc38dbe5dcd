/** Stops a container: a signal first, SIGKILL after a time limit. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerExit } from '../addon.js';
import { ContainerError } from '../errors.js';

/** How to stop a container. */
export interface StopOptions {
  /** Seconds between the signal and `SIGKILL`. Default: 10. */
  readonly timeout?: number | undefined;
  /** Default: `SIGTERM`. */
  readonly stopSignal?: NodeJS.Signals | undefined;
  /** Ends the waiting with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The part of a container that stopping it needs. */
interface Stoppable {
  kill(signal: NodeJS.Signals): Promise<void>;
  wait(options: { readonly signal?: AbortSignal | undefined }): Promise<ContainerExit>;
}

const PATIENCE_SECONDS = 10;

/** @throws what its kill and wait throw, but for one that has exited */
export async function stop(container: Stoppable, options: StopOptions): Promise<ContainerExit> {
  const { timeout = PATIENCE_SECONDS, stopSignal = 'SIGTERM', signal } = options;
  signal?.throwIfAborted();
  await killIfRunning(container, stopSignal);
  const exit = container.wait({ signal });
  const patience = new AbortController();
  const over = sleep(timeout * 1000, true, { signal: patience.signal }).catch(() => false);
  const isLate = await Promise.race([exit.then(() => false), over]).finally(() => patience.abort());
  if (isLate) await killIfRunning(container, 'SIGKILL');
  return exit;
}

async function killIfRunning(container: Stoppable, signal: NodeJS.Signals): Promise<void> {
  await container.kill(signal).catch((error: unknown) => {
    if (!(error instanceof ContainerError)) throw error;
  });
}
