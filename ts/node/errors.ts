/** What can go wrong with a container, by who has failed. */
import type { Refusal } from '../planner/plan.js';

/** The options cannot be carried out. Nothing was started. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
  /** What `conmon` would have told, and to whom. */
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.stderr.trim());
    this.refusal = refusal;
  }
}

/**
 * The monitor failed, or could not be started. The message has its words; for one inside this process it is what `conmon` would
 * have said.
 */
export class MonitorError extends Error {
  override readonly name = 'MonitorError';
}

/** The OCI runtime failed. The message has its words, as far as they fit into the line that tells of it. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  /** Path of the runtime. */
  readonly runtime: string;
  /** What it was to do: `create`, `restore`, `exec`, `start`, `kill` or `delete`. */
  readonly action: string;
  /** Its exit status, 128 and more for a signal; undefined when the monitor called it. */
  readonly status: number | undefined;

  constructor(runtime: string, action: string, words: string, status?: number, options?: ErrorOptions) {
    super(`${runtime} ${action} failed: ${words.trim() || `status ${status ?? 'unknown'}, without a word`}`, options);
    this.runtime = runtime;
    this.action = action;
    this.status = status;
  }
}
