/**
 * Runs an exec session in a container. The monitor waits until we are attached (`--exec-attach`), so that no output is lost.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ATTACH_SOCKET, CTL_FIFO } from '../../planner/bundle-files.js';
import { attach } from '../attachment.js';
import { commandLine, type ConmonOptions } from '../conmon-options.js';
import { MonitorError, RuntimeError } from '../errors.js';
import { unlessAborted } from './abort.js';
import { endMonitor } from './end-monitor.js';
import { ExecProcess } from './exec-process.js';
import type { ContainerHandle } from './handle.js';
import { integersToJson } from './json-integers.js';
import { LaunchedMonitor } from './launched-monitor.js';
import { configOf, isObject } from './monitor-bundle.js';
import { monitorFailure } from './monitor-failure.js';
import type { ExecOptions } from './options.js';
import { EXEC_PREFIX } from './state-directory.js';
import type { Report, ReportPipe } from './sync-pipe.js';

const ID_BYTES = 32;

/** See {@link Container.exec}. */
export async function execIn(container: ContainerHandle, options: ExecOptions): Promise<ExecProcess> {
  options.signal?.throwIfAborted();
  const directory = await mkdtemp(join(container.state.path, EXEC_PREFIX));
  const cleanUp = async (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const process = integersToJson(processSpec(container, options));
    await writeFile(join(directory, 'process.json'), process, { mode: 0o600 });
    return await launch(container, options, directory, cleanUp);
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function launch(
  container: ContainerHandle,
  options: ExecOptions,
  directory: string,
  cleanUp: () => Promise<void>,
): Promise<ExecProcess> {
  const { signal } = options;
  const args = commandLine(conmonOptions(container, options, directory));
  const program = options.monitor ?? container.program;
  const launched = new LaunchedMonitor({ program, args, env: container.env, attachPipe: true });
  const reported = (pipe: ReportPipe): Promise<Report> => unlessAborted(nextReport(pipe, container, launched), signal);
  try {
    launched.sendStart();
    await unlessAborted(launched.detached(), signal);
    await reported(launched.attach);
    const streams = await attach({ attachSocket: join(directory, ATTACH_SOCKET), control: join(directory, CTL_FIFO) });
    try {
      launched.sendStart();
      const { data: pid } = await reported(launched.sync);
      return new ExecProcess(pid, streams, launched, cleanUp);
    } catch (error) {
      streams.destroy();
      throw error;
    }
  } catch (error) {
    await endMonitor(launched, join(directory, 'conmon.pid'), async () => undefined);
    throw error;
  }
}

async function nextReport(pipe: ReportPipe, { runtime }: ContainerHandle, launched: LaunchedMonitor): Promise<Report> {
  const report = await pipe.next();
  if (report === undefined) throw new MonitorError(`the monitor closed its pipe without a report: ${launched.stderr}`);
  if (report.data >= 0) return report;
  const own = monitorFailure(report.message);
  if (own !== undefined) throw new MonitorError(`the monitor failed: ${own}`);
  throw new RuntimeError(runtime.path, 'exec', report.message ?? launched.stderr);
}

function conmonOptions(
  { options: { cid, name, runtime, runtimeArg, logLevel } }: ContainerHandle,
  options: ExecOptions,
  directory: string,
): ConmonOptions {
  return {
    ...{ cid, name, runtime, runtimeArg, logLevel },
    apiVersion: true,
    cuuid: randomBytes(ID_BYTES).toString('hex'),
    bundle: directory,
    fullAttach: true,
    containerPidfile: join(directory, 'pidfile'),
    conmonPidfile: join(directory, 'conmon.pid'),
    exec: true,
    execAttach: true,
    execProcessSpec: join(directory, 'process.json'),
    logPath: ['none'],
    terminal: options.terminal,
    stdin: options.stdin,
    timeout: options.timeout,
  };
}

/** The process as OCI describes it: the container's first one, with the changes that `options` make. */
function processSpec(container: ContainerHandle, options: ExecOptions): object {
  const { process } = configOf(container.state.bundle);
  const first = isObject(process) ? process : {};
  const given: readonly unknown[] = Array.isArray(first['env']) ? first['env'] : [];
  const changes = Object.entries(options.env ?? {});
  const isChanged = (variable: unknown): boolean => changes.some(([name]) => String(variable).startsWith(`${name}=`));
  const variables = changes.map(([name, value]) => `${name}=${value}`);
  const { args, terminal = false, cwd, user } = options;
  return {
    ...first,
    args,
    terminal,
    env: [...given.filter((variable) => !isChanged(variable)), ...variables],
    ...(cwd === undefined ? {} : { cwd }),
    ...(user === undefined ? {} : { user }),
  };
}
