/** What the library keeps of a container. */
import type { Plan } from '../../planner/plan.js';
import type { ConmonOptions } from '../conmon-options.js';
import type { MonitorLink } from './monitor-link.js';
import type { Runtime } from './runtime.js';
import type { StateDirectory } from './state-directory.js';
import type { OnStep } from './steps.js';

/** A container that was created, by this program or an earlier one. */
export interface ContainerHandle {
  readonly plan: Plan;
  /** The options of its monitor. */
  readonly options: ConmonOptions;
  /** The bundle that it was made from. */
  readonly bundle: string;
  /** Working directory of the monitor. */
  readonly cwd: string;
  readonly runtime: Runtime;
  readonly monitor: MonitorLink;
  readonly state: StateDirectory;
  /** The monitor's executable. */
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  readonly monitorPid: number;
  readonly pid: number;
  readonly onStep: OnStep;
}
