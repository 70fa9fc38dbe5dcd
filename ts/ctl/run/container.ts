/**
 * The manager's calls of the OCI runtime for one container. Creating it is the monitor's call, not ours.
 */
import { CtlError } from '../error.js';
import { runProgram } from '../program.js';
import { adviceFor, statusFor } from '../runtimes.js';

export class Container {
  readonly #runtime: string;
  readonly #options: readonly string[];
  readonly #id: string;

  /** `options` come before the subcommand. */
  constructor(runtime: string, options: readonly string[], id: string) {
    this.#runtime = runtime;
    this.#options = options;
    this.#id = id;
  }

  /** Lets the created container's command begin; resolves with the call that did it. */
  async start(): Promise<readonly string[]> {
    const args = [...this.#options, 'start', this.#id];
    const { status, stderr } = await runProgram(this.#runtime, args);
    if (status !== 0) throw runtimeError(`${this.#runtime} start ended with status ${status}`, stderr);
    return [this.#runtime, ...args];
  }

  /** Failing is no error: the container may have ended just now. */
  async kill(signal: string): Promise<void> {
    await runProgram(this.#runtime, [...this.#options, 'kill', this.#id, signal.replace(/^SIG/, '')]);
  }

  /** Ends the container if it runs, and removes what the runtime keeps of it. */
  async delete(): Promise<void> {
    const { status, stderr } = await runProgram(this.#runtime, [...this.#options, 'delete', '--force', this.#id]);
    if (status !== 0) throw runtimeError(`${this.#runtime} delete ended with status ${status}`, stderr);
  }
}

/** An error in which a runtime has a word. */
export function runtimeError(what: string, words: string): CtlError {
  const advice = adviceFor(words);
  const message = words.trim() === '' ? what : `${what}: ${words.trim()}`;
  return new CtlError(message, { status: statusFor(words), ...(advice === undefined ? {} : { advice }) });
}
