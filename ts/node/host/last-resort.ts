/**
 * The refusal for when the planner itself has failed, or nothing can carry out its plan.
 *
 * The planner owns the protocol of the sync pipe, but here it cannot be asked. So this message carries every key that any
 * version of the protocol reads; managers ignore those they do not know. `crates/conmon/src/failure.rs` does the same.
 */
import type { Refusal } from '../../planner/plan.js';

/** A refusal that says what was thrown. */
export function lastResort(thrown: unknown, env: (name: string) => string | undefined): Refusal {
  const message = `conmon: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  const fd = Number(env('_OCI_SYNCPIPE'));
  const line = `${JSON.stringify({ data: -1, pid: -1, exit_code: -1, message })}\n`;
  const replies = Number.isInteger(fd) && fd > 2 ? [{ fd, line }] : [];
  return { stderr: `${message}\n`, syslog: null, replies, status: 1 };
}
