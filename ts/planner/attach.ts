import { byteLength, withoutLast } from './bytes.js';
import { ATTACH_SOCKET } from './bundle-files.js';
import type { Given } from './given.js';
import type { Invocation } from './invocation.js';
import type { AttachPlan } from './plan.js';
import { below } from './path.js';

/** C conmon's and CRI-O's default. */
const DEFAULT_SOCKET_DIRECTORY = '/var/run/crio';

/** Longest path of a Unix socket: `sun_path` has 108 bytes, the last is NUL (unix(7)). */
const LONGEST_SOCKET_PATH = 107;

/** The attach socket in the bundle, and the link through which managers with long bundle paths find it. */
export function planAttach(
  invocation: Invocation,
  given: Given,
  prefix: string | null,
  stallSeconds: number,
): AttachPlan | null {
  const { bundle, cuuid } = invocation;
  if (bundle === null || prefix === null || cuuid === null) return null;
  const full = given.flags['full-attach'] === true;
  const sockets = given.strings['socket-dir-path'] ?? DEFAULT_SOCKET_DIRECTORY;
  const link = full ? null : { path: attachLink(sockets, cuuid), target: bundle };
  return { socket: prefix + ATTACH_SOCKET, link, stallSeconds };
}

/**
 * The path of the link. One that is exactly as long as the longest path of a socket loses its last character: CRI-O,
 * which cuts the path of the socket to that length, would take the link for the socket.
 */
export function attachLink(sockets: string, cuuid: string): string {
  const path = below(sockets, cuuid);
  return byteLength(path) === LONGEST_SOCKET_PATH ? withoutLast(path) : path;
}
