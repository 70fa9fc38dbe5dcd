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

/** The bundle or the root file system does not exist or is malformed. Nothing was started. The message says which and why. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
  /** Tells this class from others. */
  readonly code = 'ERR_CONMON_BUNDLE';
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

/**
 * The container is not in a state for what was asked of it. `code` says why:
 *
 * - `ERR_CONMON_CONTAINER_ENDED`: its first process has exited
 * - `ERR_CONMON_CONTAINER_DELETED`: {@link Container.delete} has removed it
 * - `ERR_CONMON_CONTAINER_NOT_FOUND`: no container has this id, or nothing is known of it
 * - `ERR_CONMON_CONTAINER_FOREIGN`: another program manages it, or another user
 * - `ERR_CONMON_CONTAINER_EXISTS`: another container uses the directory
 */
export class ContainerError extends Error {
  override readonly name = 'ContainerError';
  /** Why. */
  readonly code: `ERR_CONMON_CONTAINER_${'ENDED' | 'DELETED' | 'NOT_FOUND' | 'FOREIGN' | 'EXISTS'}`;
  /** Id of the container. */
  readonly cid: string;

  constructor(code: ContainerError['code'], cid: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.cid = cid;
  }
}

/** The OCI runtime failed. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  /** Tells this class from others. */
  readonly code = 'ERR_CONMON_RUNTIME';
  /** Path of the runtime. */
  readonly runtime: string;
  /** What it was called to do. */
  readonly action: 'create' | 'restore' | 'exec' | 'start' | 'kill' | 'state' | 'delete';
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
