/** How many clients are connected to the attach socket of a monitor that has no counters, from its sockets (unix(7)). */
import { readdir } from 'node:fs/promises';
import { targetOf, textOf } from './process.js';

/** SOCK_SEQPACKET, as the table of sockets has it. */
const SEQPACKET = '0005';
const CONNECTED = '03';

/** Undefined when we may not look at its descriptors. */
export async function clientsOf(pid: number): Promise<number | undefined> {
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => undefined);
  // The table of the monitor's network namespace: sockets of others are not in ours.
  const table = await textOf(`/proc/${pid}/net/unix`);
  if (fds === undefined || table === undefined) return undefined;
  const attached = new Set(table.split('\n').flatMap(inodeOfClient));
  const links = await Promise.all(fds.map((fd) => targetOf(`/proc/${pid}/fd/${fd}`)));
  return links.filter((link) => attached.has(/^socket:\[(\d+)\]$/.exec(link?.toString() ?? '')?.[1] ?? '')).length;
}

/**
 * The inode of an attach client in a line of `/proc/net/unix`; empty if the line is another socket's. An accepted connection
 * has the path of the listening socket, which may contain blanks.
 * @internal
 */
export function inodeOfClient(line: string): readonly string[] {
  const [, type, state, inode, path] = /^\S+: \S+ \S+ \S+ (\S+) (\S+) +(\d+) (.+)$/.exec(line) ?? [];
  return type === SEQPACKET && state === CONNECTED && path?.endsWith('/attach') && inode ? [inode] : [];
}
