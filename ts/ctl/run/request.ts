/**
 * What `conmonctl run` is asked to do, once the command line has been understood.
 */
import type { Readable, Writable } from 'node:stream';
import type { ContainerDescription } from '../../node/containers/oci-spec.js';
import type { ChosenRuntime } from '../runtimes.js';
import type { OnEvent } from './event.js';

export interface RunRequest {
  readonly id: string;
  readonly source: Source;
  readonly runtime: ChosenRuntime;
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
  /** It is left running. */
  readonly detach: boolean;
  /** Where its output is logged: values of `--log-path`, those for files with or without a path. */
  readonly logs: readonly string[];
}

/** A bundle of the user's, or one to be written. */
export type Source =
  | { readonly kind: 'bundle'; readonly path: string }
  | { readonly kind: 'command'; readonly container: ContainerDescription };

/** What a run uses besides the system. */
export interface RunContext {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable;
  /** Where the container's output goes; undefined: it is reported as events only. */
  readonly output: { readonly stdout: Writable; readonly stderr: Writable } | undefined;
  /** Where signals come from: `process`. */
  readonly signals: NodeJS.EventEmitter;
  readonly onEvent: OnEvent;
  /** Calls `end` when nothing can be written to our stdout any more. */
  readonly onOutputFailure: (end: () => void) => void;
  /** Prints the id of a container that is left running. */
  readonly printId: (id: string) => void;
  /** For what goes wrong during the clean-up. */
  readonly warn: (text: string) => void;
}
