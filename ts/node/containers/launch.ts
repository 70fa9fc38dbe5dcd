/** Starts the monitor of a new container, and waits for its report: the manager's side of the handshake. */
import type { Plan } from '../../planner/plan.js';
import { commandLine } from '../conmon-options.js';
import { MonitorError, RuntimeError } from '../errors.js';
import { readNumber } from '../foreign/number-in.js';
import { unlessAborted } from './abort.js';
import { endMonitor } from './end-monitor.js';
import type { ContainerHandle } from './handle.js';
import { LaunchedMonitor } from './launched-monitor.js';
import { monitorFailure } from './monitor-failure.js';
import type { MonitorOptions } from './monitor-options.js';
import { Runtime } from './runtime.js';
import type { StateDirectory } from './state-directory.js';
import type { OnStep } from './steps.js';

/** Who watches, and may add to the command line. */
export interface LaunchObserver {
  readonly onStep?: OnStep | undefined;
  /** Appended to the monitor's command line. The plan does not know them. */
  readonly extraArgs?: readonly string[] | undefined;
}

/** What has been prepared. */
export interface Creation {
  readonly options: MonitorOptions;
  readonly plan: Plan;
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal | undefined;
  readonly state: StateDirectory;
}

/**
 * Returns the created container; after a failure neither that nor the monitor is left.
 *
 * @throws {@link RuntimeError}, {@link MonitorError}
 */
export async function launch(
  { options, plan, program, env, signal, state }: Creation,
  bundle: string,
  { onStep = () => undefined, extraArgs = [] }: LaunchObserver,
): Promise<ContainerHandle> {
  const runtime = new Runtime(options.runtime, options.runtimeArg ?? []);
  const args = [...commandLine(options), ...extraArgs];
  onStep({ kind: 'launching', program, args });
  const launched = new LaunchedMonitor({ program, args, env, attachPipe: false });
  const monitorPidfile = options.conmonPidfile ?? state.monitorPidfile;
  try {
    launched.sendStart();
    await unlessAborted(launched.detached(), signal);
    launched.closeStart();
    const monitorPid = readNumber(monitorPidfile) ?? 0;
    onStep({ kind: 'launched', monitor: monitorPid });
    const report = await unlessAborted(launched.sync.next(), signal);
    if (report === undefined) throw new MonitorError(`${program} closed the sync pipe without a report`);
    const pid = report.data;
    onStep({ kind: 'reported', line: `${report.line}\n`, pid });
    if (pid <= 0) throw failure(program, options.runtime, plan.mode, report.message ?? launched.stderr);
    const place = { bundle, cwd: process.cwd(), state };
    return { plan, options, ...place, runtime, monitor: launched, program, env, monitorPid, pid, onStep };
  } catch (error) {
    await endMonitor(launched, monitorPidfile, () => runtime.call('delete', '--force', plan.cid));
    throw error;
  }
}

function failure(program: string, runtime: string, mode: Plan['mode'], message: string): Error {
  const own = monitorFailure(message);
  return own === undefined ? new RuntimeError(runtime, mode, message) : new MonitorError(`${program} failed: ${own}`);
}
