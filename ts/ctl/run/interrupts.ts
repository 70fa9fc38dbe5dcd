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
  #outputFailed = false;
  #isForwarding = false;
  #receiver: Receiver = (signal) =>
    this.abort(new CtlError(`interrupted by ${signal}`, { status: 128 + constants.signals[signal] }));

  /** `source` is `process`, or a substitute in tests. */
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
    this.#isForwarding = true;
    this.#receiver = receiver;
  }

  /**
   * The reader of our output has gone (`conmonctl run … | head`): the same as SIGTERM, but once. An attempt is completed
   * first, as {@link throwIfEnded} says.
   */
  outputFailed(): void {
    if (this.#outputFailed) return;
    this.#outputFailed = true;
    if (this.#isForwarding) this.#receiver('SIGTERM');
  }

  /** To be called between creating the container and starting it. */
  throwIfEnded(): void {
    this.attempt.throwIfAborted();
    if (this.#outputFailed) throw new CtlError('the reader of the output has gone');
  }

  /** Signals have their usual effect again. */
  close(): void {
    for (const signal of SIGNALS) this.#source.off(signal, this.#listener);
  }
}
