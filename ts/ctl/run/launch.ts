/**
 * From nothing to a created container: the handshake between a manager and the monitor, in the manager's part.
 *
 * The manager waits for the end of the first process before it reads the sync pipe, as Podman and CRI-O do.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Launched } from '../../node/containers/launch.js';
import type { Report } from '../../node/containers/sync-pipe.js';
import { runtimeError } from './container.js';
import { CtlError, messageOf } from '../error.js';
import type { Tell } from './event.js';
import type { Interrupts } from './interrupts.js';
import type { OptionGroup } from './monitor-command.js';

/** Podman gives a container this long to be created. */
const LIMIT_SECONDS = 240;

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
  onSpawn: (monitor: Launched) => void,
): Promise<number> {
  tell({ kind: 'launching', program: order.program, options: order.options });
  const begun = performance.now();
  const args = order.options.flatMap((option) => option.args);
  const monitor = new Launched({ program: order.program, args, env: order.environment, attachPipe: false });
  onSpawn(monitor);
  monitor.letBegin();
  await interrupts.guard(monitor.detached().catch(refuse));
  const pid = await readPid(order.monitorPidfile);
  tell({ kind: 'launched', milliseconds: performance.now() - begun, monitor: pid });
  const { data, message, line } = await interrupts.guard(firstReport(monitor));
  tell({ kind: 'reported', milliseconds: performance.now() - begun, line: `${line}\n`, pid: data });
  if (data <= 0) throw runtimeError('the container was not created', message ?? monitor.words);
  return pid;
}

function refuse(cause: unknown): never {
  // With a cause it was not even executed.
  const failed = cause instanceof Error && cause.cause !== undefined;
  const advice = failed ? { advice: '--conmon PATH or CONMON_BINARY names another.' } : {};
  throw new CtlError(messageOf(cause), { cause, ...advice });
}

async function firstReport(monitor: Launched): Promise<Report> {
  const abort = new AbortController();
  const late = sleep(LIMIT_SECONDS * 1000, undefined, { signal: abort.signal }).then(
    () => 'late' as const,
    () => 'late' as const,
  );
  const report = await Promise.race([monitor.sync.next(), late]);
  abort.abort();
  if (report === 'late') throw new CtlError(`nothing came on the sync pipe within ${LIMIT_SECONDS} s`);
  if (report === undefined) throw new CtlError('the sync pipe was closed without a word');
  return report;
}

/** Digits alone, as managers read it. */
export async function readPid(path: string): Promise<number> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CtlError(`the monitor left no pid file: ${String(cause)}`, { cause });
  });
  if (!/^[1-9]\d*$/.test(text)) throw new CtlError(`this is not a pid: ${JSON.stringify(text)} in ${path}`);
  return Number(text);
}
