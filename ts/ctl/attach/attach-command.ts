/**
 * `conmonctl attach`: our streams become those of a running container.
 */
import { readFile } from 'node:fs/promises';
import type { MonitorInfo } from '../../node/monitors/info.js';
import { monitors } from '../../node/monitors/monitors.js';
import { CtlError } from '../error.js';
import { parseExitStatus } from '../exit-file.js';
import { findMonitor } from '../monitors/find.js';
import { hasEnded } from '../../node/process-end.js';
import { attachStdio } from '../attach-stdio.js';
import { attachTerminal } from './attach-terminal.js';
import { parseDetachKeys } from './detach-keys.js';

export interface AttachArguments {
  readonly container: string;
  readonly 'detach-keys': string;
  readonly 'no-stdin'?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** The exit file is written before a client sees the end; a manager may remove it soon after. */
const EXIT_FILE_MS = 2000;
const LOST = 125;

/** Resolves with the container's status if it ends, with 0 if it is left running. */
export async function attachCommand(options: AttachArguments): Promise<number> {
  const keys = parseDetachKeys(options['detach-keys']);
  const info = findMonitor(options.container, await monitors());
  const { attachSocket: socket, control } = info;
  if (socket === undefined) throw new CtlError(`nobody can attach to ${info.cid}: its output is passed through`);
  const stdin = options['no-stdin'] === true ? undefined : process.stdin;
  if (info.terminal) {
    const session = await attachTerminal({ socket, control, stdin, stdout: process.stdout, detachKeys: keys });
    const parting = await session.parted;
    await session.finish();
    if (parting === 'detached') {
      tell(options, { detached: true });
      return 0;
    }
  } else {
    const session = await attachStdio(socket, stdin, process);
    await session.closed;
    await session.finish();
  }
  return statusOf(options, info);
}

/** The manager may take the exit file away at once: then the status is known to it, and not to us. */
async function statusOf(options: AttachArguments, info: MonitorInfo): Promise<number> {
  for (const path of info.exitFiles) {
    const content = await readFile(path, 'utf8').catch(() => undefined);
    if (content !== undefined) {
      const status = parseExitStatus(content);
      tell(options, { detached: false, status });
      return status & 0xff;
    }
  }
  if (await hasEnded(info.pid, EXIT_FILE_MS)) {
    tell(options, { detached: false });
    return 0;
  }
  process.stderr.write('conmonctl: the monitor has ended the connection: we were too slow, or it is about to end\n');
  return LOST;
}

/** What happened, for programs; on stderr, as stdout is the container's. */
function tell({ json }: AttachArguments, what: { readonly detached: boolean; readonly status?: number }): void {
  if (json === true) process.stderr.write(`${JSON.stringify(what)}\n`);
}
