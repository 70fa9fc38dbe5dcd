/** The refusal for when the planner itself has failed, or nothing can carry out its plan. */
import { LAST_RESORT, MESSAGE_SLOT } from '../../planner/constants.js';
import type { Refusal } from '../../planner/plan.js';

/** A refusal that says what was thrown. */
export function lastResort(thrown: unknown, env: (name: string) => string | undefined): Refusal {
  const message = `conmon: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  const fd = Number(env('_OCI_SYNCPIPE'));
  const line = LAST_RESORT.replace(MESSAGE_SLOT, () => JSON.stringify(message).slice(1, -1));
  const replies = Number.isInteger(fd) && fd > 2 ? [{ fd, line }] : [];
  return { stderr: `${message}\n`, syslog: null, replies, status: 1 };
}
