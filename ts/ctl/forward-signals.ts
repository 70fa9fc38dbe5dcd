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

export function forwardSignals(
  interrupts: Interrupts,
  container: Container,
  graceSeconds: number,
  tell: Tell,
): Forwarding {
  let timer: NodeJS.Timeout | undefined;
  const send = (signal: NodeJS.Signals): void => {
    tell({ kind: 'signalled', signal });
    // It may be gone by now; what matters is the exit file.
    container.kill(signal).catch(() => undefined);
  };
  interrupts.forwardTo((signal) => {
    if (timer !== undefined) return send('SIGKILL');
    timer = setTimeout(() => send('SIGKILL'), graceSeconds * 1000);
    return send(signal);
  });
  return {
    stop: () => {
      clearTimeout(timer);
      interrupts.forwardTo(() => undefined);
    },
  };
}
