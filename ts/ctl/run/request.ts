/**
 * What `conmonctl run` is asked to do, once the command line has been understood.
 */
import type { Readable, Writable } from 'node:stream';
import type { ContainerOrder } from './oci-spec.js';
import type { Runtime } from '../runtimes.js';
import type { Tell } from './event.js';

export interface RunRequest {
  readonly id: string;
  readonly source: Source;
  readonly runtime: Runtime;
  /** Absolute path of the monitor. */
  readonly conmon: string;
  readonly conmonArguments: readonly string[];
  readonly logLevel: string;
  readonly timeoutSeconds: number | undefined;
  /** Seconds between the first signal and SIGKILL. */
  readonly graceSeconds: number;
  readonly interactive: boolean;
  /** The container has a terminal. */
  readonly terminal: boolean;
}

/** A bundle of the user's, or one to be written. */
export type Source =
  { readonly kind: 'bundle'; readonly path: string } | { readonly kind: 'order'; readonly order: ContainerOrder };

/** What a run touches besides the system. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable;
  /** The container's output; undefined: it is only told of, record by record. */
  readonly output: { readonly stdout: Writable; readonly stderr: Writable } | undefined;
  /** Where signals come from: `process`. */
  readonly signals: NodeJS.EventEmitter;
  readonly tell: Tell;
  /** For what goes wrong while tidying up. */
  readonly warn: (text: string) => void;
}
