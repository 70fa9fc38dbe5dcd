/** What `conmon` would do, without doing it. */
import { plan as planFor } from '../planner/main.js';
import type { Host } from '../planner/host.js';
import type { PlanResult } from '../planner/plan.js';
import { commandLine, type ConmonOptions } from './conmon-options.js';
import { system } from './host/system.js';

/** What the planner asks of its surroundings; default: this process. */
export interface Surroundings {
  /** The pipes that a manager passes on are named here, and `TMPDIR`, `LISTEN_PID` and this project's own variables. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Working directory, and what can be executed. */
  readonly host?: Host | undefined;
}

/**
 * Decides what `conmon` would do about options, or about a command line without the name of the program, and runs nothing:
 * a plan; a text to print (`--help`, `--version`); or a refusal, with what it tells to whom. The shape of a plan is part of
 * the version of this package.
 *
 * Nothing but its surroundings is asked, and that is only read: the same question has the same answer.
 */
export function plan(input: readonly string[] | ConmonOptions, around: Surroundings = {}): PlanResult {
  const { env = process.env, host = system } = around;
  return planFor(isCommandLine(input) ? input : commandLine(input), (name) => env[name], host);
}

/** `Array.isArray` does not tell arrays that are readonly from other objects. */
export function isCommandLine(input: readonly string[] | ConmonOptions): input is readonly string[] {
  return Array.isArray(input);
}
