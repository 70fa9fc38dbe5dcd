/**
 * Errors of our own stdout and stderr, for all commands: without a listener Node throws them.
 *
 * That the reader of stdout has gone (`conmonctl ps | head -1`) is not a failure: conmonctl exits with 0 and prints nothing. Any
 * other error is reported, and the status is 125. Errors of stderr are ignored: they cannot be reported anywhere.
 */
import type { Writable } from 'node:stream';
import { isErrno } from '../node/errno.js';
import { OWN_FAILURE, reasonOf } from './error.js';

/** The reader has gone: of a pipe, of a socket. */
const CLOSED = ['EPIPE', 'ECONNRESET'] as const;

/** What the guard uses of `process`. */
export interface GuardedProcess {
  readonly stdout: Writable;
  readonly stderr: Writable;
  exit(status: number): void;
}

/** A command that must clean up before conmonctl exits. */
export interface Holder {
  /** Called once, when nothing can be printed any more: the command ends by itself then. */
  readonly end: () => void;
  /** That the reader has gone does not change the status of the command. */
  readonly keepsStatus: boolean;
}

export class OutputGuard {
  #failure: number | undefined;
  #holder: Holder | undefined;

  /** Listens for errors from now on. Without a {@link hold} the first one exits immediately. */
  watch(ours: GuardedProcess): void {
    ours.stderr.on('error', () => undefined);
    ours.stdout.on('error', (error) => {
      if (this.#failure !== undefined) return;
      this.#failure = CLOSED.some((code) => isErrno(error, code)) ? 0 : OWN_FAILURE;
      if (this.#failure !== 0) ours.stderr.write(`conmonctl: cannot write to stdout: ${reasonOf(error)}\n`);
      if (this.#holder === undefined) ours.exit(this.#failure);
      else this.#holder.end();
    });
  }

  /** Keeps us from exiting before the command has done what it was asked to do. */
  finishFirst(): void {
    this.hold({ end: () => undefined, keepsStatus: false });
  }

  /** Keeps us from exiting. A command does so at most once. */
  hold(holder: Holder): void {
    this.#holder = holder;
  }

  /** Stdout has failed. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** The exit status of conmonctl, from that of the command. */
  statusAfter(status: number): number {
    if (this.#failure === 0 && this.#holder?.keepsStatus === true) return status;
    return this.#failure ?? status;
  }
}

/** That of this process. */
export const OUTPUT = new OutputGuard();
