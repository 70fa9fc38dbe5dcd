/** From options to a created container: the part of a manager in the handshake with the monitor. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { commandLine, type ConmonOptions } from '../conmon-options.js';
import { MonitorError, PlanError, RuntimeError } from '../errors.js';
import { executable } from '../native/executable.js';
import { readNumber } from '../foreign/number-in.js';
import { plan } from '../plan.js';
import type { Plan } from '../../planner/plan.js';
import { unlessAborted } from './abort.js';
import { Container } from './container.js';
import { endMonitor } from './end-monitor.js';
import { Launched } from './launch.js';
import type { CreateOptions } from './options.js';
import { findRuntime, Runtime } from './runtime.js';
import { type StateDirectory, stateDirectory } from './state-directory.js';

/** Bytes of an id that is made up: as many as Podman takes. */
const ID_BYTES = 32;

/**
 * Creates a container under a monitor of its own: it is there, and its command begins with {@link Container.start}. Container
 * and monitor live on when this program ends, and do not keep it from ending.
 *
 * @throws {@link PlanError} for options that cannot be carried out; nothing was started
 * @throws {@link RuntimeError} when the runtime could not create it; the message has its words
 * @throws {@link MonitorError} when the monitor could not be executed, or has failed
 */
export async function createContainer(options: CreateOptions): Promise<Container> {
  options.signal?.throwIfAborted();
  const env = options.env ?? process.env;
  const runtime = findRuntime(options.runtime, env);
  const state = await stateDirectory(options.directory);
  try {
    const order = conmonOptions(options, runtime, state);
    return await carryOut({ ...options, env }, order, planOf(order, env), state);
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

async function carryOut(
  options: CreateOptions & { readonly env: NodeJS.ProcessEnv },
  order: ConmonOptions & { readonly runtime: string },
  planned: Plan,
  state: StateDirectory,
): Promise<Container> {
  const { signal, env } = options;
  const program = options.monitor ?? executable((name) => env[name]);
  const runtime = new Runtime(order.runtime, order.runtimeArg ?? []);
  const launched = new Launched({ program, args: commandLine(order), env, attachPipe: false });
  const monitorPidfile = order.conmonPidfile ?? state.monitorPidfile;
  try {
    launched.letBegin();
    await unlessAborted(launched.detached(), signal);
    launched.closeStart();
    const report = await unlessAborted(launched.sync.next(), signal);
    if (report === undefined) throw new MonitorError(`${program} ended without a word`);
    if (report.data <= 0) throw new RuntimeError(order.runtime, planned.mode, report.message ?? launched.words);
    const monitorPid = readNumber(monitorPidfile) ?? 0;
    return new Container({
      plan: planned,
      order,
      runtime,
      launched,
      state,
      program,
      env,
      monitorPid,
      pid: report.data,
    });
  } catch (error) {
    await endMonitor(launched, monitorPidfile, () => runtime.call('delete', '--force', planned.cid));
    throw error;
  }
}

function conmonOptions(
  options: CreateOptions,
  runtime: string,
  state: StateDirectory,
): ConmonOptions & { readonly runtime: string; readonly bundle: string } {
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

function planOf(order: ConmonOptions, env: NodeJS.ProcessEnv): Plan {
  const result = plan(order, { env });
  if ('plan' in result) return result.plan;
  if ('refusal' in result) throw new PlanError(result.refusal);
  throw new MonitorError(result.text.stdout);
}
