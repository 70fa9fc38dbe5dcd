/**
 * Signals that would end us. Until the container runs they end the attempt; from then on they are forwarded to the container, as
 * `podman run` does.
 */
import { constants } from 'node:os';
import { CtlError } from '../error.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

type Receiver = (signal: NodeJS.Signals) => void;

export class Interrupts {
  readonly #source: NodeJS.EventEmitter;
  readonly #listener = (signal: NodeJS.Signals): void => this.#receiver(signal);
  readonly #attempt = new AbortController();
  #receiver: Receiver = (signal) =>
    this.abort(new CtlError(`interrupted by ${signal}`, { status: 128 + constants.signals[signal] }));

  /** `source` is `process`, or a stand-in. */
  constructor(source: NodeJS.EventEmitter) {
    this.#source = source;
    for (const signal of SIGNALS) source.on(signal, this.#listener);
  }

  /** Ends the attempt to create a container. */
  get attempt(): AbortSignal {
    return this.#attempt.signal;
  }

  /** Ends the attempt with this reason. */
  abort(reason: CtlError): void {
    this.#attempt.abort(reason);
  }

  /** Redirects signals from now on. */
  forwardTo(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  /** As if a signal had come. */
  raise(signal: NodeJS.Signals): void {
    this.#receiver(signal);
  }

  /** Signals have their usual effect again. */
  close(): void {
    for (const signal of SIGNALS) this.#source.off(signal, this.#listener);
  }
}
