/**
 * Signals that should end us. Until the container runs they end the attempt; from then on they are the container's, as they
 * are with `podman run`.
 */
import { constants } from 'node:os';
import { CtlError } from '../error.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

type Receiver = (signal: NodeJS.Signals) => void;

export class Interrupts {
  readonly #source: NodeJS.EventEmitter;
  readonly #listener = (signal: NodeJS.Signals): void => this.#receiver(signal);
  readonly #abandoned: Promise<never>;
  #receiver: Receiver = () => undefined;

  /** `source` is `process`, or what plays its part. */
  constructor(source: NodeJS.EventEmitter) {
    this.#source = source;
    this.#abandoned = new Promise((_, reject) => {
      this.#receiver = (signal) =>
        reject(new CtlError(`interrupted by ${signal}`, { status: 128 + constants.signals[signal] }));
    });
    this.#abandoned.catch(() => undefined);
    for (const signal of SIGNALS) source.on(signal, this.#listener);
  }

  /** The same promise, but rejected as soon as a signal comes; also when it came before. */
  guard<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => undefined);
    return Promise.race([this.#abandoned, promise]);
  }

  /** From now on signals go there. */
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
