/** From options to a created container: the manager's side of the handshake with the monitor. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { Plan } from '../../planner/plan.js';
import { commandLine, type ConmonOptions } from '../conmon-options.js';
import { MonitorError, PlanError, RuntimeError } from '../errors.js';
import { readNumber } from '../foreign/number-in.js';
import { executable } from '../native/executable.js';
import { plan } from '../plan.js';
import { unlessAborted } from './abort.js';
import { Container } from './container.js';
import { endMonitor } from './end-monitor.js';
import { LaunchedMonitor } from './launched-monitor.js';
import type { CreateOptions } from './options.js';
import { findRuntime, Runtime } from './runtime.js';
import { type StateDirectory, stateDirectory } from './state-directory.js';
import type { OnStep } from './steps.js';

/** Length of a generated id: that of Podman's. */
const ID_BYTES = 32;

/**
 * Creates a container under a monitor of its own. Its command is not executed before {@link Container.start}. Container and
 * monitor outlive this program, and do not keep it alive.
 *
 * @throws {@link PlanError} for options that cannot be carried out; nothing was started
 * @throws {@link RuntimeNotFound} when no runtime is in PATH
 * @throws {@link RuntimeError} when the runtime could not create it; the message contains its stderr output
 * @throws {@link MonitorError} when the monitor could not be executed, or has failed
 */
export async function createContainer(options: CreateOptions): Promise<Container> {
  return createObserved(options, {});
}

/** What `conmonctl run` needs besides the options. */
export interface Observer {
  readonly onStep?: OnStep | undefined;
  /** Appended to the monitor's command line. The plan does not know them. */
  readonly extraArgs?: readonly string[] | undefined;
}

/** {@link createContainer}, with a caller that watches each step. */
export async function createObserved(options: CreateOptions, observer: Observer): Promise<Container> {
  options.signal?.throwIfAborted();
  const env = options.env ?? process.env;
  const runtime = findRuntime(options.runtime, env);
  const state = await stateDirectory(options.directory);
  try {
    const given = conmonOptions(options, runtime, state);
    return await launch({ ...options, env }, given, planOf(given, env), state, observer);
  } catch (error) {
    await state.remove();
    throw error;
  }
}

/**
 * Creates a container and starts it. If that fails nothing is left of it.
 *
 * @throws what {@link createContainer} throws
 */
export async function startContainer(options: CreateOptions): Promise<Container> {
  const container = await createContainer(options);
  try {
    await container.start();
    return container;
  } catch (error) {
    await container.delete().catch(() => undefined);
    throw error;
  }
}

type Given = ConmonOptions & { readonly runtime: string; readonly bundle: string };

async function launch(
  { signal, env, monitor }: CreateOptions & { readonly env: NodeJS.ProcessEnv },
  options: Given,
  planned: Plan,
  state: StateDirectory,
  { onStep = () => undefined, extraArgs = [] }: Observer,
): Promise<Container> {
  const program = monitor ?? executable((name) => env[name]);
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
    if (pid <= 0) throw new RuntimeError(options.runtime, planned.mode, report.message ?? launched.stderr);
    return new Container({ plan: planned, options, runtime, launched, state, program, env, monitorPid, pid, onStep });
  } catch (error) {
    await endMonitor(launched, monitorPidfile, () => runtime.call('delete', '--force', planned.cid));
    throw error;
  }
}

function conmonOptions(options: CreateOptions, runtime: string, state: StateDirectory): Given {
  const { directory: _, monitor: __, signal: ___, env: ____, ...given } = options;
  const cid = given.cid ?? randomBytes(ID_BYTES).toString('hex');
  return {
    containerPidfile: state.pidfile,
    conmonPidfile: state.monitorPidfile,
    exitDir: state.exits,
    persistDir: state.persist,
    logPath: [`k8s-file:${state.log}`],
    cuuid: cid,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    cid,
    runtime,
    bundle: resolve(given.bundle),
    apiVersion: true,
    fullAttach: given.socketDirPath === undefined,
  };
}

/** The monitor plans the same again. Planning here as well refuses early, and says where the files will be. */
function planOf(options: ConmonOptions, env: NodeJS.ProcessEnv): Plan {
  const result = plan(options, { env });
  if ('plan' in result) return result.plan;
  if ('refusal' in result) throw new PlanError(result.refusal);
  throw new MonitorError(result.text.stdout);
}
