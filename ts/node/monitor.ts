/** A container's monitor inside this process, for programs that are container managers themselves. */
import type { ContainerExit } from './addon.js';
import type { ConmonOptions } from './conmon-options.js';
import { MonitorError } from './errors.js';
import { addon } from './native/load-addon.js';
import { type PlanContext, planOf } from './plan.js';

export type { ContainerExit } from './addon.js';

/**
 * Creates a container and monitors it, in a thread of this process, until it has exited and its exit files are written. The
 * caller starts it with the runtime's `start`. Use {@link createContainer} for a container that is to outlive this program.
 *
 * The process becomes a child subreaper and stays one (prctl(2)): the kernel reports the container's exit status only to
 * such a process.
 *
 * @param input options, or the command line of `conmon` without the name of the program. `sync` and options about the fork
 *   have no effect.
 * @param context for the planner. The runtime always inherits the real environment.
 * @throws {@link PlanError} for options that cannot be carried out
 * @throws {@link MonitorError} when the container could not be created
 */
export async function monitor(
  input: readonly string[] | ConmonOptions,
  context: PlanContext = {},
): Promise<ContainerExit> {
  const document = JSON.stringify(planOf(input, context));
  try {
    return await addon().monitor(document);
  } catch (cause) {
    throw new MonitorError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
