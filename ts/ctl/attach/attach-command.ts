/**
 * `conmonctl attach`: our streams become those of a running container.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MonitorInfo } from '../../node/monitors/info.js';
import { monitors } from '../../node/monitors/monitors.js';
import { CtlError } from '../error.js';
import { parseExitStatus } from '../exit-file.js';
import { findMonitor } from '../monitors/find.js';
import { isAlive } from '../../node/process-end.js';
import { attachStdio } from '../attach-stdio.js';
import { attachTerminal } from './attach-terminal.js';
import { parseDetachKeys } from './detach-keys.js';

export interface AttachArguments {
  readonly container: string;
  readonly 'detach-keys': string;
  readonly 'no-stdin'?: boolean | undefined;
  readonly json?: boolean | undefined;
}

const EXIT_FILE_MS = 2000;
const LOOK_EVERY_MS = 20;
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

/**
 * C conmon lets go of its clients before it writes the exit file. The manager may take that away at once: then the status is
 * known to it, and not to us.
 */
async function statusOf(options: AttachArguments, info: MonitorInfo): Promise<number> {
  const deadline = performance.now() + EXIT_FILE_MS;
  while (performance.now() < deadline) {
    // Asked first: what it wrote before it ended is then sure to be seen.
    const runs = isAlive(info.pid);
    const status = await reported(info.exitFiles);
    if (status !== undefined || !runs) {
      tell(options, { detached: false, ...(status === undefined ? {} : { status }) });
      return (status ?? 0) & 0xff;
    }
    await sleep(LOOK_EVERY_MS);
  }
  process.stderr.write('conmonctl: the monitor has ended the connection: we read too slowly\n');
  return LOST;
}

async function reported(exitFiles: readonly string[]): Promise<number | undefined> {
  for (const path of exitFiles) {
    const content = await readFile(path, 'utf8').catch(() => undefined);
    if (content !== undefined) return parseExitStatus(content);
  }
  return undefined;
}

/** What happened, for programs; on stderr, as stdout is the container's. */
function tell({ json }: AttachArguments, what: { readonly detached: boolean; readonly status?: number }): void {
  if (json === true) process.stderr.write(`${JSON.stringify(what)}\n`);
}
