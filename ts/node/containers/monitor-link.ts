/** How the library learns of the end of a monitor's work. */

/** The connection to a monitor that runs on its own. */
export interface MonitorLink {
  /** Fulfilled when it has nothing more to report: it has reported the exit, or is gone. */
  readonly ended: Promise<void>;
  /** Waits for something that depends on the monitor, and keeps this program alive meanwhile. */
  waitFor<T>(promise: Promise<T>): Promise<T>;
  /** Does not keep this program alive any more, except during {@link waitFor}. */
  unref(): void;
  /** Nothing notices the end unless `ended` is awaited. */
  readonly isLazy: boolean;
}
