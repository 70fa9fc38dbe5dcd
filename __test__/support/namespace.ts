/**
 * A private mount namespace for container engines: their mounts vanish with it. In it an empty file system covers the
 * unified cgroup directory if there is one next to cgroup v1: crun refuses such a mixture.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';

const UNIFIED = '/sys/fs/cgroup/unified';

export interface Namespace {
  /** The words that prefix a command to run in it. */
  readonly prefix: readonly string[];
  /** A process of the namespace. */
  readonly pid: number;
  /** Releases the namespace, which ends with its last process. */
  leave(): void;
}

/**
 * Creates the namespace; it lives as long as a process that waits for our exit.
 *
 * @param steps shell commands to run in it first
 */
export async function enterNamespace(...steps: readonly string[]): Promise<Namespace> {
  return enter(['mnt'], steps);
}

/** The same with a private network, which has only the loopback interface. */
export async function enterNetwork(...steps: readonly string[]): Promise<Namespace> {
  return enter(['mnt', 'net'], ['ip link set lo up', ...steps]);
}

async function enter(kinds: readonly ('mnt' | 'net')[], steps: readonly string[]): Promise<Namespace> {
  const cover = existsSync(UNIFIED) ? [`mount -t tmpfs none ${UNIFIED}`] : [];
  const script = [...cover, ...steps, 'echo ready', 'exec cat'].join(' && ');
  const flags = kinds.map((kind) => ({ mnt: '--mount', net: '--net' })[kind]);
  const words = [...flags, '--propagation', 'private', 'sh', '-c', script];
  const holder: ChildProcess = spawn('unshare', words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [first] = (await once(holder.stdout as Readable, 'data')) as [Buffer];
  if (String(first) !== 'ready\n' || holder.pid === undefined) throw new Error('no private namespace');
  const entries = kinds.map((kind, at) => `${flags[at]}=/proc/${holder.pid}/ns/${kind}`);
  return {
    // nsenter changes to the root directory; a shell changes back.
    prefix: ['nsenter', ...entries, 'sh', '-c', 'cd "$0" && exec "$@"'],
    pid: holder.pid,
    leave: () => holder.stdin?.end(),
  };
}
