import type { LogLevel } from './plan.js';

/** What is to be run. */
export type Action =
  | { readonly kind: 'create' }
  | { readonly kind: 'restore'; readonly image: string }
  | { readonly kind: 'exec'; readonly processSpec: string; readonly attach: boolean };

/** A checked command line: what every part of the plan is made from. */
export interface Invocation {
  readonly action: Action;
  readonly cid: string;
  /** Null only for CRI-O's legacy exec, to which no client can attach. */
  readonly cuuid: string | null;
  /** Path of the OCI runtime. */
  readonly runtime: string;
  /** Null for an exec that was not given one. */
  readonly bundle: string | null;
  /** Where the runtime leaves the pid of the container. */
  readonly pidfile: string;
  readonly level: LogLevel;
}
