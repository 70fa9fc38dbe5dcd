/** Hands a plan to the native executable, which takes this process over. */
import type { Plan } from '../planner/plan.js';
import { addon } from './load-addon.js';
import { executable } from './executable.js';
import { lookup } from './environment.js';

/** What the process was called with. */
export interface Call {
  /** Without the name of the program. */
  readonly argv: readonly Buffer[];
  readonly environment: readonly Buffer[];
}

/** Does not return. Throws when the executable or the addon is missing, or cannot be executed. */
export function takeOver(plan: Plan, call: Call): never {
  const program = Buffer.from(executable(lookup(call.environment)));
  return addon().takeOver({
    executable: program,
    plan: JSON.stringify(plan),
    argv: [program, ...call.argv],
    environment: [...call.environment],
  });
}
