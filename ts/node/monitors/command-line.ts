/**
 * Has the planner read a monitor's command line, to learn where its files are. C conmon's options mean the same.
 */
import { decide } from '../../planner/decide.js';
import type { Host } from '../../planner/host.js';
import { type Given, nothingGiven } from '../../planner/given.js';
import { parse } from '../../planner/parse.js';
import type { Plan } from '../../planner/plan.js';
import { Refused } from '../../planner/refused.js';

export interface Understood {
  readonly given: Given;
  readonly plan: Plan;
}

/** Undefined when it is not the command line of a monitor. `cwd` is that of the monitor. */
export function understand(argv: readonly string[], cwd: string): Understood | undefined {
  const given = nothingGiven();
  try {
    if (parse(argv, given) !== 'work') return undefined;
    // Its environment is not read: it only names pipes. With --exec-attach a plan must have one, so any number will do.
    return { given, plan: decide(given, (name) => (name === '_OCI_ATTACHPIPE' ? '3' : undefined), hostIn(cwd)) };
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

/** The host of a command line that a monitor has accepted already, in its working directory. */
export function hostIn(cwd: string): Host {
  return { cwd: () => cwd, isExecutable: () => true, whyNotExecutable: () => '' };
}
