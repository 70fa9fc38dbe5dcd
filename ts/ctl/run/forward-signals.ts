/**
 * Hands signals on to the container. A process that is number 1 in its namespace ignores what it has no handler for, so
 * SIGKILL follows: after a time of grace, or with the second signal.
 */
import type { Container } from './container.js';
import type { Tell } from './event.js';
import type { Interrupts } from './interrupts.js';

export interface Forwarding {
  /** The container has ended: nothing more is to be sent. */
  stop(): void;
}

/**
 * From the call on, a signal waits until the container has been `started`: what is only created has nobody to take it.
 * SIGKILL does not wait.
 */
export function forwardSignals(
  interrupts: Interrupts,
  container: Container,
  started: Promise<unknown>,
  graceSeconds: number,
  tell: Tell,
): Forwarding {
  let timer: NodeJS.Timeout | undefined;
  const send = async (signal: NodeJS.Signals): Promise<void> => {
    if (signal !== 'SIGKILL') await started;
    tell({ kind: 'signalled', signal });
    await container.kill(signal);
  };
  // It may be gone by now, or not have started: others hear of that.
  const sendQuietly = (signal: NodeJS.Signals): void => void send(signal).catch(() => undefined);
  interrupts.forwardTo((signal) => {
    if (timer !== undefined) return sendQuietly('SIGKILL');
    timer = setTimeout(() => sendQuietly('SIGKILL'), graceSeconds * 1000);
    return sendQuietly(signal);
  });
  return {
    stop: () => {
      clearTimeout(timer);
      interrupts.forwardTo(() => undefined);
    },
  };
}
