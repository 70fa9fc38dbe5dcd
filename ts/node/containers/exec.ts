/**
 * Runs a further process in a container: the monitor is told to wait until we are attached (`--exec-attach`), so that no output
 * is lost.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attach } from '../attachment.js';
import { commandLine, type ConmonOptions } from '../conmon-options.js';
import { MonitorError, RuntimeError } from '../errors.js';
import { readText } from '../foreign/read-text.js';
import { unlessAborted } from './abort.js';
import type { Made } from './container.js';
import { endMonitor } from './end-monitor.js';
import { ExecProcess } from './exec-process.js';
import { Launched } from './launch.js';
import type { ExecOptions } from './options.js';
import type { Report, ReportPipe } from './sync-pipe.js';

const ID_BYTES = 32;

/** See {@link Container.exec}. */
export async function execIn(made: Made, options: ExecOptions): Promise<ExecProcess> {
  options.signal?.throwIfAborted();
  const folder = await mkdtemp(join(made.state.path, 'exec-'));
  const cleanUp = async (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const process = await processSpec(made, options);
    await writeFile(join(folder, 'process.json'), JSON.stringify(process), { mode: 0o600 });
    return await carryOut(made, options, folder, cleanUp);
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function carryOut(
  made: Made,
  options: ExecOptions,
  folder: string,
  cleanUp: () => Promise<void>,
): Promise<ExecProcess> {
  const { signal } = options;
  const order = conmonOptions(made, options, folder);
  const program = options.monitor ?? made.program;
  const launched = new Launched({ program, args: commandLine(order), env: made.env, attachPipe: true });
  const told = (pipe: ReportPipe): Promise<Report> => unlessAborted(nextReport(pipe, made, launched), signal);
  try {
    launched.letBegin();
    await unlessAborted(launched.detached(), signal);
    await told(launched.attach);
    const streams = await attach({ attachSocket: join(folder, 'attach'), control: join(folder, 'ctl') });
    try {
      launched.letBegin();
      const { data: pid } = await told(launched.sync);
      return new ExecProcess(pid, streams, launched, cleanUp);
    } catch (error) {
      streams.destroy();
      throw error;
    }
  } catch (error) {
    await endMonitor(launched, join(folder, 'conmon.pid'), async () => undefined);
    throw error;
  }
}

async function nextReport(pipe: ReportPipe, { runtime }: Made, launched: Launched): Promise<Report> {
  const report = await pipe.next();
  if (report === undefined) throw new MonitorError(`the monitor ended without a word: ${launched.words}`);
  if (report.data < 0) throw new RuntimeError(runtime.path, 'exec', report.message ?? launched.words);
  return report;
}

function conmonOptions({ order }: Made, options: ExecOptions, folder: string): ConmonOptions {
  return {
    apiVersion: true,
    cid: order.cid,
    cuuid: randomBytes(ID_BYTES).toString('hex'),
    name: order.name,
    runtime: order.runtime,
    runtimeArg: order.runtimeArg,
    bundle: folder,
    fullAttach: true,
    containerPidfile: join(folder, 'pidfile'),
    conmonPidfile: join(folder, 'conmon.pid'),
    exec: true,
    execAttach: true,
    execProcessSpec: join(folder, 'process.json'),
    logPath: ['none'],
    logLevel: order.logLevel,
    terminal: options.terminal,
    stdin: options.stdin,
    timeout: options.timeout,
  };
}

/** The process as OCI describes it: the container's first one, with what is to be different. */
async function processSpec(made: Made, options: ExecOptions): Promise<object> {
  const { process: first } = JSON.parse(readText(join(made.order.bundle ?? '', 'config.json'))) as {
    readonly process: { readonly env?: readonly string[] };
  };
  const variables = Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`);
  const { args, terminal = false, cwd, user } = options;
  return {
    ...first,
    args,
    terminal,
    env: [...(first.env ?? []), ...variables],
    ...(cwd === undefined ? {} : { cwd }),
    ...(user === undefined ? {} : { user }),
  };
}
