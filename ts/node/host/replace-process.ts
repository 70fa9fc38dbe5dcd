/** Hands a plan to the native executable, which replaces this process. */
import type { Plan } from '../../planner/plan.js';
import { addon } from '../native/load-addon.js';
import { MOVED, variable } from './environment.js';
import { executable } from '../native/executable.js';

/**
 * Does not return. Throws when the executable or the addon is missing, or cannot be executed.
 *
 * @param argv what this process was called with, without the name of the program
 */
export function replaceProcess(plan: Plan, argv: readonly Buffer[]): never {
  const program = Buffer.from(executable(variable));
  return addon().replaceProcess({
    executable: program,
    plan: JSON.stringify(plan),
    argv: [program, ...argv],
    moved: [...MOVED],
  });
}
