/** What can go wrong with a container, by the part that failed. */
import type { Refusal } from '../planner/plan.js';

/** The options cannot be carried out. Nothing was started. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
  /** Tells this class from others. */
  readonly code = 'ERR_CONMON_PLAN';
  /** What `conmon` would have reported, and to whom. */
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.stderr.trim());
    this.refusal = refusal;
  }
}

/**
 * The monitor failed, or could not be executed. The message contains what it printed; for one inside this process, what `conmon`
 * would have printed.
 */
export class MonitorError extends Error {
  override readonly name = 'MonitorError';
  /** Tells this class from others. */
  readonly code = 'ERR_CONMON_MONITOR';
}

/** The OCI runtime failed. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  /** Tells this class from others. */
  readonly code = 'ERR_CONMON_RUNTIME';
  /** Path of the runtime. */
  readonly runtime: string;
  /** What it was called to do. */
  readonly action: 'create' | 'restore' | 'exec' | 'start' | 'kill' | 'delete';
  /** Its exit status, 128 and more for a signal; undefined when the monitor called it. */
  readonly status: number | undefined;
  /** What it printed on stderr, as far as the monitor reported it; may be empty. */
  readonly stderr: string;

  constructor(runtime: string, action: RuntimeAction, stderr: string, status?: number, options?: ErrorOptions) {
    super(`${runtime} ${action} failed: ${stderr.trim() || `status ${status ?? 'unknown'}, with no output`}`, options);
    this.runtime = runtime;
    this.action = action;
    this.status = status;
    this.stderr = stderr.trim();
  }
}

/** What a runtime is called to do. */
export type RuntimeAction = RuntimeError['action'];

/** No OCI runtime of that name, or none at all, is in PATH. */
export class RuntimeNotFound extends Error {
  override readonly name = 'RuntimeNotFound';
  /** Tells this class from others. */
  readonly code = 'ERR_CONMON_RUNTIME_NOT_FOUND';

  constructor(names: readonly string[]) {
    super(
      `cannot find an OCI runtime: ${names.join(' or ')} is not in PATH; the option \`runtime\` takes a path as well`,
    );
  }
}
