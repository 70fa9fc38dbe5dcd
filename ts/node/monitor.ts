/** A container's monitor inside this process, for programs that are a manager themselves. */
import { plan } from '../planner/main.js';
import type { Plan } from '../planner/plan.js';
import type { Ended } from './addon.js';
import { addon } from './load-addon.js';
import { system } from './system.js';

export type { Ended } from './addon.js';

/** The command line cannot be carried out, or no container came of it. The message is what `conmon` would have said. */
export class MonitorError extends Error {
  override readonly name = 'MonitorError';
}

/**
 * Creates a container and monitors it until it has ended and its exit files are written.
 *
 * The process becomes a child subreaper and stays one (prctl(2)): the kernel tells the container's exit status only to
 * such a process.
 *
 * @param argv the command line of `conmon`, without the name of the program. `--sync` and options about the fork mean
 *   nothing here.
 * @param env what the planner finds as the environment: `TMPDIR`, `_OCI_SYNCPIPE` and so on. The runtime always inherits
 *   the real one.
 * @throws {@link MonitorError}
 */
export async function monitor(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ended> {
  const document = JSON.stringify(planFor(argv, env));
  try {
    return await addon().monitor(document);
  } catch (cause) {
    throw new MonitorError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function planFor(argv: readonly string[], env: NodeJS.ProcessEnv): Plan {
  const result = plan(argv, (name) => env[name], system);
  if ('plan' in result) return result.plan;
  throw new MonitorError('refusal' in result ? result.refusal.stderr.trimEnd() : result.text.stdout.trimEnd());
}
