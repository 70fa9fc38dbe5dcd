/**
 * A mount namespace with a private `/run`, for processes that would otherwise reach the machine's services.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';

const UNIFIED = '/sys/fs/cgroup/unified';

/** @typedef {{ prefix: readonly string[], leave: () => void }} Namespace the words that prefix a command to run there */

/**
 * Where there is cgroup v1, the directory of version 2 is covered: crun refuses such a mixture.
 * @param {string} directory to create below the new `/run`
 * @returns {Promise<Namespace>}
 */
export async function ownRun(directory) {
  const cover = existsSync(UNIFIED) ? `mount -t tmpfs none ${UNIFIED} && ` : '';
  const script = `${cover}mount -t tmpfs none /run && mkdir -p "$0" && echo ready && exec cat`;
  const words = ['--mount', '--propagation', 'private', 'sh', '-c', script, directory];
  const holder = spawn('unshare', words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [said] = await once(holder.stdout, 'data');
  if (String(said) !== 'ready\n') throw new Error(`no private mount namespace: unshare said ${String(said)}`);
  return { prefix: ['nsenter', `--mount=/proc/${holder.pid}/ns/mnt`], leave: () => holder.stdin.end() };
}
