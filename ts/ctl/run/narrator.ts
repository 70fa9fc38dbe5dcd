/**
 * Turns the library's steps into events, with the time that each took.
 */
import type { Step } from '../../node/containers/steps.js';
import type { OnEvent } from './event.js';
import { optionGroups } from './option-meanings.js';

export class Narrator {
  readonly #onEvent: OnEvent;
  readonly #extraArgs: readonly string[];
  #start = performance.now();
  #exited: Extract<Step, { kind: 'exited' }> | undefined;

  /** `extraArgs` are the last arguments of the monitor, given by the user. */
  constructor(onEvent: OnEvent, extraArgs: readonly string[]) {
    this.#onEvent = onEvent;
    this.#extraArgs = extraArgs;
  }

  /** Times count from here. */
  begin(): void {
    this.#start = performance.now();
  }

  readonly onStep = (step: Step): void => {
    switch (step.kind) {
      case 'launching':
        this.begin();
        return this.#onEvent({
          kind: 'launching',
          program: step.program,
          options: optionGroups(step.args, this.#extraArgs),
        });
      case 'launched':
      case 'reported':
      case 'started':
        return this.#onEvent({ ...step, milliseconds: performance.now() - this.#start });
      case 'exited':
        this.#exited = step;
    }
  };

  /** Reports the exit: to be called once all output has been reported. */
  reportExit(): void {
    if (this.#exited !== undefined) this.#onEvent(this.#exited);
  }
}
