/**
 * `conmonctl attach`: connects the standard streams to those of a running container.
 */
import { readNumber } from '../../node/foreign/number-in.js';
import type { MonitorInfo } from '../../node/monitors/info.js';
import { monitors } from '../../node/monitors/monitors.js';
import { poll } from '../../node/poll.js';
import { CtlError } from '../error.js';
import { jsonText } from '../json-text.js';
import { findMonitor, othersText } from '../monitors/find.js';
import { isAlive } from '../../node/monitors/process-end.js';
import { attachStdio } from './attach-stdio.js';
import { attachTerminal } from './attach-terminal.js';
import { parseDetachKeys } from './detach-keys.js';

export interface AttachArguments {
  readonly container: string;
  readonly 'detach-keys': string;
  readonly 'no-stdin'?: boolean | undefined;
  readonly json?: boolean | undefined;
}

const EXIT_FILE_MS = 2000;
const LOST = 125;
const NO_LOG = 'conmonctl: the container has no log to read instead: leaving it ends its input, if it has one\n';

/** Resolves with the container's status if it ends, with 0 if it is left running. */
export async function attachCommand(options: AttachArguments): Promise<number> {
  const keys = parseDetachKeys(options['detach-keys']);
  const info = await trusted(options.container);
  if (info.attachSocket === undefined) throw new CtlError(`cannot attach to ${info.cid}: its output is passed through`);
  const stdin = options['no-stdin'] === true ? undefined : process.stdin;
  if (info.terminal) {
    const session = await attachTerminal(info, { stdin, stdout: process.stdout, detachKeys: keys });
    const parting = await session.parted;
    await session.finish();
    if (parting === 'detached') {
      writeReport(options, { detached: true });
      return 0;
    }
  } else if (stdin === undefined && info.logs.length > 0) {
    await look(info);
  } else {
    if (stdin === undefined) process.stderr.write(NO_LOG);
    const session = await attachStdio(info, stdin, process);
    await session.closed;
    await session.finish();
  }
  return statusOf(options, info);
}

/** Reads the log instead of attaching: monitors treat a client that leaves as the end of the container's input. */
async function look({ pid }: MonitorInfo): Promise<void> {
  const { logsCommand } = await import('../logs/logs-command.js');
  await logsCommand({ source: `pid:${pid}`, follow: true, tail: '0' });
}

/** Any process can claim the name of a container: another user's gets what is typed only if it was named by its pid. */
async function trusted(container: string): Promise<MonitorInfo> {
  const found = findMonitor(container, await monitors());
  const { monitor, byPid } = found;
  if (monitor.isForeign && !byPid) {
    const advice = `If it is to be trusted with what you type: conmonctl attach pid:${monitor.pid}`;
    throw new CtlError(`only a process of user ${monitor.uid} claims the container ${JSON.stringify(container)}`, {
      advice,
    });
  }
  process.stderr.write(othersText(container, found));
  return monitor;
}

/**
 * C conmon drops its clients before it writes the exit file. A manager may remove the file immediately: then only the manager
 * knows the status.
 */
async function statusOf(options: AttachArguments, info: MonitorInfo): Promise<number> {
  const end = await poll(async () => {
    // Checked first: a monitor that has ended by then has already written the file, if it ever does.
    const runs = await isAlive(info.pid);
    const status = reported(info);
    return status !== undefined || !runs ? { status } : undefined;
  }, EXIT_FILE_MS);
  if (end === undefined) {
    process.stderr.write('conmonctl: the monitor has closed the connection: conmonctl read too slowly\n');
    return LOST;
  }
  writeReport(options, { detached: false, status: end.status });
  return (end.status ?? 0) & 0xff;
}

function reported({ exitFiles, isForeign, uid }: MonitorInfo): number | undefined {
  const found = exitFiles.map((path) => readNumber(path, isForeign ? uid : undefined));
  return found.find((status) => status !== undefined);
}

/** Reports what happened, for programs; on stderr, as stdout is the container's. */
function writeReport(
  { json }: AttachArguments,
  what: { readonly detached: boolean; readonly status?: number | undefined },
): void {
  if (json === true) process.stderr.write(`${jsonText(what)}\n`);
}
