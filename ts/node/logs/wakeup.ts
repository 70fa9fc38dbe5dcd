/** A signal that may come before the wait for it. Several before the next wait are one. */
export class Wakeup {
  #rung = false;
  #wake: () => void = () => undefined;

  ring(): void {
    this.#rung = true;
    this.#wake();
  }

  /** Fulfilled when it has rung since the last wait ended. One may wait at a time. */
  async wait(): Promise<void> {
    if (!this.#rung) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#rung = false;
  }
}
