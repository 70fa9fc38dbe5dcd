/** What the runtime and the monitor know of a container now. */
import type { ContainerExit } from '../addon.js';
import { MonitorError, RuntimeError } from '../errors.js';
import { isAlive } from '../monitors/process-end.js';
import type { ContainerHandle } from './handle.js';
import { isObject } from './monitor-bundle.js';

const STATUSES = ['creating', 'created', 'running', 'paused', 'stopped'] as const;

/** The state of a container. */
export interface ContainerState {
  /** As the OCI runtime specification names them; `deleted` when {@link Container.delete} has removed it. */
  readonly status: 'creating' | 'created' | 'running' | 'paused' | 'stopped' | 'deleted';
  /** Its first process, while that runs. */
  readonly pid: number | undefined;
  /** How it has exited, once the monitor has reported that. */
  readonly exit: ContainerExit | undefined;
}

/** @throws {@link RuntimeError}, {@link MonitorError} */
export async function stateOf(
  { runtime, pid, plan }: ContainerHandle,
  exit: ContainerExit | undefined,
): Promise<ContainerState> {
  const status = statusIn(await askRuntime(runtime.state(plan.cid), pid));
  const runs = status !== 'stopped' && (await isAlive(pid));
  return { status: runs ? status : 'stopped', pid: runs ? pid : undefined, exit };
}

/** An exit command or another program may have deleted a container that has ended. */
async function askRuntime(answer: Promise<string>, pid: number): Promise<string> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RuntimeError && !(await isAlive(pid))) return '{"status":"stopped"}';
    throw error;
  }
}

function statusIn(answer: string): (typeof STATUSES)[number] {
  try {
    const state: unknown = JSON.parse(answer);
    const found = STATUSES.find((status) => isObject(state) && state['status'] === status);
    if (found !== undefined) return found;
  } catch {
    // Reported below.
  }
  throw new MonitorError(`malformed state of a container: ${JSON.stringify(answer.slice(0, 200))}`);
}
