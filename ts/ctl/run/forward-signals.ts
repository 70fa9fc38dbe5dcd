/**
 * Forwards signals to the container. Process 1 of a pid namespace ignores every signal that it has no handler for, so SIGKILL
 * follows: after a grace period, or with the second signal.
 */
import type { Container } from '../../node/containers/container.js';
import type { OnEvent } from './event.js';
import type { Interrupts } from './interrupts.js';

/**
 * From the call on, a signal waits until the container has been `started`: one that is only created has no process to receive it.
 * SIGKILL does not wait. Returns a function that stops it: once the container has exited, nothing more is to be sent.
 */
export function forwardSignals(
  interrupts: Interrupts,
  container: Container,
  started: Promise<unknown>,
  graceSeconds: number,
  onEvent: OnEvent,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const send = async (signal: NodeJS.Signals): Promise<void> => {
    if (signal !== 'SIGKILL') await started;
    onEvent({ kind: 'signalled', signal });
    await container.kill(signal);
  };
  // It may have exited by now, or not have been started: that is reported elsewhere.
  const sendQuietly = (signal: NodeJS.Signals): void => void send(signal).catch(() => undefined);
  interrupts.forwardTo((signal) => {
    if (timer !== undefined) return sendQuietly('SIGKILL');
    timer = setTimeout(() => sendQuietly('SIGKILL'), graceSeconds * 1000);
    return sendQuietly(signal);
  });
  return () => {
    clearTimeout(timer);
    interrupts.forwardTo(() => undefined);
  };
}
