/**
 * `conmonctl reopen` and `conmonctl resize`.
 */
import { reopenLogs, resizeTerminal } from '../../node/monitors/control-fifo.js';
import type { MonitorInfo } from '../../node/monitors/info.js';
import { monitors } from '../../node/monitors/monitors.js';
import { MAX_WINDOW_SIZE } from '../../planner/constants.js';
import { CtlError } from '../error.js';
import { jsonText } from '../json-text.js';
import { printOut } from '../standard-stream.js';
import { namedMonitor, NOT_FOUND } from '../monitors/find.js';

interface Arguments {
  readonly container: string;
  readonly json?: boolean | undefined;
}

/** Resolves with the exit status. */
export async function reopenCommand(options: Arguments): Promise<number> {
  const monitor = namedMonitor(options.container, await monitors());
  await reopenLogs(fifoOf(monitor), ownerOf(monitor));
  return asked(options, monitor, { asked: 'reopen' });
}

/** Resolves with the exit status. */
export async function resizeCommand(options: Arguments & { readonly size: string }): Promise<number> {
  const size = parseSize(options.size);
  const monitor = namedMonitor(options.container, await monitors());
  if (!monitor.terminal) throw new CtlError(`the container ${monitor.cid} has no terminal`, { status: NOT_FOUND });
  await resizeTerminal(fifoOf(monitor), size.rows, size.columns, ownerOf(monitor));
  return asked(options, monitor, { asked: 'resize', ...size });
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

/** `24x80`, height first, in characters. Throws a {@link CtlError}. */
export function parseSize(text: string): { readonly rows: number; readonly columns: number } {
  const [, rows, columns] = /^(\d{1,4})x(\d{1,4})$/.exec(text) ?? [];
  const size = { rows: Number(rows), columns: Number(columns) };
  if (size.rows <= MAX_WINDOW_SIZE && size.columns <= MAX_WINDOW_SIZE) return size;
  const advice = `HEIGHTxWIDTH, up to ${MAX_WINDOW_SIZE}: 24x80`;
  throw new CtlError(`this is not a size: ${JSON.stringify(text)}`, { advice });
}

async function asked({ json }: Arguments, { cid, pid }: MonitorInfo, what: object): Promise<number> {
  if (json === true) await printOut(`${jsonText({ container: cid, monitor: pid, ...what })}\n`);
  return 0;
}
