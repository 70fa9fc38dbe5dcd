/**
 * Undoes what was done, in reverse order, also after a failure.
 */
import { messageOf } from '../error.js';

export class Cleanup {
  readonly #steps: { readonly what: string; readonly undo: () => Promise<void> }[] = [];
  #isCancelled = false;

  /** `what` names it for people: "the container's state". */
  add(what: string, undo: () => Promise<void>): void {
    this.#steps.push({ what, undo });
  }

  /** Forgets the steps: nothing will be undone. */
  cancel(): void {
    this.#steps.length = 0;
    this.#isCancelled = true;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Runs each step once, also when others fail. */
  async run(): Promise<{ readonly removed: readonly string[]; readonly problems: readonly string[] }> {
    const removed: string[] = [];
    const problems: string[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.undo();
        removed.push(step.what);
      } catch (error) {
        problems.push(`cannot remove ${step.what}: ${messageOf(error)}`);
      }
    }
    return { removed, problems };
  }
}
