/**
 * `conmonctl reopen` and `conmonctl resize`.
 */
import { reopenLogs, resizeTerminal } from '../../node/monitors/control-fifo.js';
import type { MonitorInfo } from '../../node/monitors/info.js';
import { monitors } from '../../node/monitors/monitors.js';
import { CtlError } from '../error.js';
import { jsonText } from '../json-text.js';
import { printOut } from '../standard-stream.js';
import { findMonitor, NOT_FOUND, othersText } from '../monitors/find.js';
import { parseSize } from './size.js';

interface Arguments {
  readonly container: string;
  readonly json?: boolean | undefined;
}

/** Resolves with the exit status. */
export async function reopenCommand(options: Arguments): Promise<number> {
  const monitor = await named(options);
  await reopenLogs(fifoOf(monitor), ownerOf(monitor));
  return asked(options, monitor, { asked: 'reopen' });
}

/** Resolves with the exit status. */
export async function resizeCommand(options: Arguments & { readonly size: string }): Promise<number> {
  const size = parseSize(options.size);
  const monitor = await named(options);
  if (!monitor.terminal) throw new CtlError(`the container ${monitor.cid} has no terminal`, { status: NOT_FOUND });
  await resizeTerminal(fifoOf(monitor), size.rows, size.columns, ownerOf(monitor));
  return asked(options, monitor, { asked: 'resize', ...size });
}

async function named({ container }: Arguments): Promise<MonitorInfo> {
  const found = findMonitor(container, await monitors());
  process.stderr.write(othersText(container, found));
  return found.monitor;
}

function fifoOf({ control, cid }: MonitorInfo): string {
  if (control === undefined)
    throw new CtlError(`the monitor of ${cid} takes no requests: its output is passed through`);
  return control;
}

/** Another user's monitor names only FIFOs of that user. */
function ownerOf({ isForeign, uid }: MonitorInfo): number | undefined {
  return isForeign ? uid : undefined;
}

async function asked({ json }: Arguments, { cid, pid }: MonitorInfo, what: object): Promise<number> {
  if (json === true) await printOut(`${jsonText({ container: cid, monitor: pid, ...what })}\n`);
  return 0;
}
