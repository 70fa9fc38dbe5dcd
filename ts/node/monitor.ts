/** A container's monitor inside this process, for programs that are a manager themselves. */
import type { Plan } from '../planner/plan.js';
import type { ContainerExit } from './addon.js';
import type { ConmonOptions } from './conmon-options.js';
import { MonitorError, PlanError } from './errors.js';
import { addon } from './native/load-addon.js';
import { plan, type Surroundings } from './plan.js';

export type { ContainerExit } from './addon.js';

/**
 * Creates a container and monitors it, in a thread of this process, until it has ended and its exit files are written. It
 * has to be started with the runtime's `start`. A container that is to outlive this program is one for
 * {@link createContainer}.
 *
 * The process becomes a child subreaper and stays one (prctl(2)): the kernel tells the container's exit status only to
 * such a process.
 *
 * @param input options, or the command line of `conmon` without the name of the program. `sync` and options about the fork
 *   mean nothing here.
 * @param around what the planner finds. The runtime always inherits the real environment.
 * @throws {@link PlanError} for options that cannot be carried out
 * @throws {@link MonitorError} when no container came of it
 */
export async function monitor(
  input: readonly string[] | ConmonOptions,
  around: Surroundings = {},
): Promise<ContainerExit> {
  const document = JSON.stringify(planFor(input, around));
  try {
    return await addon().monitor(document);
  } catch (cause) {
    throw new MonitorError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function planFor(input: readonly string[] | ConmonOptions, around: Surroundings): Plan {
  const result = plan(input, around);
  if ('plan' in result) return result.plan;
  if ('refusal' in result) throw new PlanError(result.refusal);
  throw new MonitorError(result.text.stdout.trimEnd());
}
