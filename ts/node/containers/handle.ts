/** What the library keeps of a container that it has created. */
import type { Plan } from '../../planner/plan.js';
import type { ConmonOptions } from '../conmon-options.js';
import type { LaunchedMonitor } from './launched-monitor.js';
import type { Runtime } from './runtime.js';
import type { StateDirectory } from './state-directory.js';
import type { OnStep } from './steps.js';

/** A created container. */
export interface ContainerHandle {
  readonly plan: Plan;
  /** The options of its monitor. */
  readonly options: ConmonOptions;
  readonly runtime: Runtime;
  readonly launched: LaunchedMonitor;
  readonly state: StateDirectory;
  /** The monitor's executable. */
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  readonly monitorPid: number;
  readonly pid: number;
  readonly onStep: OnStep;
}
