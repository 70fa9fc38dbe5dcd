/** The steps in the life of a container, for a caller that shows them: `conmonctl run --explain`. */

/** One step. */
export type Step =
  /** The monitor is about to be executed, with these arguments. */
  | { readonly kind: 'launching'; readonly program: string; readonly args: readonly string[] }
  /** It has forked, and its first process has exited. `monitor` is its pid, 0 if it has written no pid file. */
  | { readonly kind: 'launched'; readonly monitor: number }
  /** A line has arrived on the sync pipe, newline included. `pid` is that of the container, or not positive after a failure. */
  | { readonly kind: 'reported'; readonly line: string; readonly pid: number }
  /** The runtime has started the container, by this call. */
  | { readonly kind: 'started'; readonly argv: readonly string[] }
  /** The container has exited: the path of the exit file, its content, and the status. */
  | { readonly kind: 'exited'; readonly path: string; readonly content: string; readonly status: number };

/** Called for each step, in order. */
export type OnStep = (step: Step) => void;
