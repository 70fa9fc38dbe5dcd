/** What `conmon` would do, without doing it. */
import { plan as planFor } from '../planner/main.js';
import type { Host } from '../planner/host.js';
import type { Plan, PlanResult } from '../planner/plan.js';
import { commandLine, type ConmonOptions } from './conmon-options.js';
import { MonitorError, PlanError } from './errors.js';
import { system } from './host/system.js';

/** What the planner reads besides the options; default: from this process. */
export interface PlanContext {
  /** The environment: the manager's pipes, `TMPDIR`, `LISTEN_PID` and this project's own variables. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The working directory, and which files can be executed. */
  readonly host?: Host | undefined;
}

/**
 * Decides what `conmon` would do about options, or about a command line without the name of the program, and runs nothing.
 * The result is a plan; a text to print (`--help`, `--version`); or a refusal, with what is reported to whom. The shape of a
 * plan may change with each version of this package.
 *
 * It reads nothing but its context, so the same arguments have the same result.
 */
export function plan(input: readonly string[] | ConmonOptions, context: PlanContext = {}): PlanResult {
  const { env = process.env, host = system } = context;
  return planFor(isCommandLine(input) ? input : commandLine(input), (name) => env[name], host);
}

/**
 * The plan of options that can be carried out. The monitor makes the same one again; making it here too refuses early, and shows
 * where the files will be.
 *
 * @throws {@link PlanError}
 * @throws {@link MonitorError} for `--help` and `--version`, with their output
 */
export function planOf(input: readonly string[] | ConmonOptions, context: PlanContext): Plan {
  const result = plan(input, context);
  if ('plan' in result) return result.plan;
  if ('refusal' in result) throw new PlanError(result.refusal);
  throw new MonitorError(result.text.stdout.trimEnd());
}

/** `Array.isArray` does not narrow to readonly arrays. */
function isCommandLine(input: readonly string[] | ConmonOptions): input is readonly string[] {
  return Array.isArray(input);
}
