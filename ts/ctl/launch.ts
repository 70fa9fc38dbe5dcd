/**
 * From nothing to a created container: the handshake between a manager and the monitor, in the manager's part.
 *
 * The manager waits for the end of the first process before it reads the sync pipe, as Podman and CRI-O do.
 */
import { readFile } from 'node:fs/promises';
import { runtimeError } from './container.js';
import { CtlError } from './error.js';
import type { Tell } from './event.js';
import type { Interrupts } from './interrupts.js';
import type { OptionGroup } from './monitor-command.js';
import { LaunchedMonitor } from './spawn-monitor.js';
import { parseSyncLine, readSyncLine } from './sync-pipe.js';

/** Podman gives a container this long to be created. */
const LIMIT_SECONDS = 240;
/** For a line that must be there already. */
const SHORT_LIMIT_SECONDS = 2;

export interface Launch {
  readonly program: string;
  readonly options: readonly OptionGroup[];
  readonly monitorPidfile: string;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Resolves with the monitor's pid when the container has been created. `onSpawn` is called as soon as there is a process
 * that would have to be ended.
 */
export async function launch(
  order: Launch,
  interrupts: Interrupts,
  tell: Tell,
  onSpawn: (monitor: LaunchedMonitor) => void,
): Promise<number> {
  tell({ kind: 'launching', program: order.program, options: order.options });
  const begun = performance.now();
  const args = order.options.flatMap((option) => option.args);
  const monitor = new LaunchedMonitor(order.program, args, order.environment);
  onSpawn(monitor);
  monitor.release();
  const status = await interrupts.guard(monitor.ended());
  if (status !== 0) throw await refusal(order.program, status, monitor);
  const pid = await readPid(order.monitorPidfile);
  tell({ kind: 'launched', milliseconds: performance.now() - begun, monitor: pid });
  const line = await interrupts.guard(readSyncLine(monitor.sync, LIMIT_SECONDS));
  const { data, message } = parseSyncLine(line);
  tell({ kind: 'reported', milliseconds: performance.now() - begun, line, pid: data });
  if (data <= 0) throw runtimeError('the container was not created', message ?? monitor.words);
  return pid;
}

/** The monitor ended with an error: it says why on stderr, and perhaps on the sync pipe. */
async function refusal(program: string, status: number, monitor: LaunchedMonitor): Promise<CtlError> {
  const line = await readSyncLine(monitor.sync, SHORT_LIMIT_SECONDS).catch(() => '');
  const words = monitor.words === '' ? line.trim() : monitor.words;
  return new CtlError(`${program} ended with status ${status}${words === '' ? ', without a word' : `: ${words}`}`);
}

/** Digits alone, as managers read it. */
export async function readPid(path: string): Promise<number> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CtlError(`the monitor left no pid file: ${String(cause)}`, { cause });
  });
  if (!/^[1-9]\d*$/.test(text)) throw new CtlError(`this is not a pid: ${JSON.stringify(text)} in ${path}`);
  return Number(text);
}
