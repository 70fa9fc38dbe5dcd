/** Whether a container is in a state for what is asked of it. */
import { ContainerError } from '../errors.js';
import { isAlive } from '../monitors/process-end.js';

export class Presence {
  isDeleted = false;
  /** The monitor has reported the exit, or is gone. */
  hasExited = false;
  readonly #cid: string;
  readonly #pid: number;

  constructor(cid: string, pid: number) {
    this.#cid = cid;
    this.#pid = pid;
  }

  /**
   * @param action completes "cannot … the container"
   * @throws {@link ContainerError}
   */
  require(action: string): void {
    this.requireFiles(action);
    if (this.hasExited) throw this.#error('ENDED', action, 'it has exited');
  }

  /**
   * The same for what can be done with a container that has exited.
   *
   * @throws {@link ContainerError}
   */
  requireFiles(action: string): void {
    if (this.isDeleted) throw this.#error('DELETED', action, 'it has been deleted');
  }

  /**
   * Does something with the container. When that fails because it has exited meanwhile, the error says so.
   *
   * @throws {@link ContainerError}, or what `act` throws
   */
  async during<T>(action: string, act: () => Promise<T>): Promise<T> {
    this.require(action);
    try {
      return await act();
    } catch (cause) {
      if (cause instanceof DOMException || cause instanceof RangeError || (await isAlive(this.#pid))) throw cause;
      throw this.#error('ENDED', action, 'it has exited', cause);
    }
  }

  #error(why: 'DELETED' | 'ENDED', action: string, reason: string, cause?: unknown): ContainerError {
    const message = `cannot ${action} the container ${this.#cid}: ${reason}`;
    return new ContainerError(`ERR_CONMON_CONTAINER_${why}`, this.#cid, message, cause === undefined ? {} : { cause });
  }
}
