/**
 * `conmonctl reopen` and `conmonctl resize`.
 */
import { reopenLogs, resizeTerminal } from '../../node/control-fifo.js';
import type { MonitorInfo } from '../../node/monitors/info.js';
import { monitors } from '../../node/monitors/monitors.js';
import { CtlError } from '../error.js';
import { findMonitor, NOT_FOUND } from '../monitors/find.js';
import { parseSize } from './size.js';

interface Arguments {
  readonly container: string;
  readonly json?: boolean | undefined;
}

/** Resolves with the exit status. */
export async function reopenCommand(options: Arguments): Promise<number> {
  const monitor = findMonitor(options.container, await monitors());
  await reopenLogs(fifoOf(monitor));
  return asked(options, monitor, { asked: 'reopen' });
}

/** Resolves with the exit status. */
export async function resizeCommand(options: Arguments & { readonly size: string }): Promise<number> {
  const size = parseSize(options.size);
  const monitor = findMonitor(options.container, await monitors());
  if (!monitor.terminal) throw new CtlError(`the container ${monitor.cid} has no terminal`, { status: NOT_FOUND });
  await resizeTerminal(fifoOf(monitor), size.rows, size.columns);
  return asked(options, monitor, { asked: 'resize', ...size });
}

function fifoOf({ control, cid }: MonitorInfo): string {
  if (control === undefined)
    throw new CtlError(`the monitor of ${cid} takes no requests: its output is passed through`);
  return control;
}

function asked({ json }: Arguments, { cid, pid }: MonitorInfo, what: object): number {
  if (json === true) process.stdout.write(`${JSON.stringify({ container: cid, monitor: pid, ...what })}\n`);
  return 0;
}
