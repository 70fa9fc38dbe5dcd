/**
 * Private mount namespaces.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';

/** @typedef {{ prefix: readonly string[], leave: () => void }} Namespace the words that prefix a command to run there */

/**
 * With a private `/run`, for processes that would otherwise reach the machine's services.
 * @param {string} directory to create below the new `/run`
 */
export async function ownRun(directory) {
  return enter(`mount -t tmpfs none /run && mkdir -p ${directory}`);
}

/**
 * For a container engine: its mounts vanish with it. crun refuses cgroup v1 if there is version 2 in a directory beside it, so that
 * is covered.
 */
export async function ownMounts() {
  const unified = '/sys/fs/cgroup/unified';
  return enter(existsSync(unified) ? `mount -t tmpfs none ${unified}` : 'true');
}

/**
 * @param {string} step of a shell, to run there first
 * @returns {Promise<Namespace>}
 */
async function enter(step) {
  const words = ['--mount', '--propagation', 'private', 'sh', '-c', `${step} && echo ready && exec cat`];
  const holder = spawn('unshare', words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [said] = await once(holder.stdout, 'data');
  if (String(said) !== 'ready\n') throw new Error(`no private mount namespace: unshare said ${String(said)}`);
  return { prefix: ['nsenter', `--mount=/proc/${holder.pid}/ns/mnt`], leave: () => holder.stdin.end() };
}
