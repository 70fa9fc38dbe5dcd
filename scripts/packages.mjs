/**
 * Programs that tests need and which Debian package brings them.
 * @module
 */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** @type {Readonly<Record<string, string>>} */
export const PACKAGE_OF = {
  crun: 'crun',
  runc: 'runc',
  podman: 'podman',
  conmon: 'conmon',
  busybox: 'busybox-static',
  socat: 'socat',
  strace: 'strace',
  jq: 'jq',
  newuidmap: 'uidmap',
  unshare: 'util-linux',
  ip: 'iproute2',
  journalctl: 'systemd',
  curl: 'curl',
  'qemu-system-x86_64': 'qemu-system-x86',
};

/** Without these whole parts of the suite are skipped. */
export const NEEDED = ['crun', 'runc', 'podman', 'conmon', 'busybox'];

/**
 * @param {string} reason why a test was skipped
 * @returns {string | undefined} the package to install, if that is what is missing
 */
export function packageFor(reason) {
  const named = /apt-get install ([a-z0-9.+-]+)/.exec(reason)?.[1];
  if (named !== undefined) return named;
  if (!/\b(needs|missing|no|not installed|not found)\b/.test(reason)) return undefined;
  const words = reason.split(/[^A-Za-z0-9_-]+/);
  return words.map((word) => PACKAGE_OF[word]).find((name) => name !== undefined);
}

/**
 * @param {string} name
 * @param {string} [path] as in PATH; an administrator's folders are searched as well
 * @returns {Promise<boolean>}
 */
export async function isInPath(name, path = process.env.PATH ?? '') {
  for (const folder of [...path.split(delimiter), '/usr/sbin', '/sbin']) {
    if (folder === '') continue;
    const found = await access(join(folder, name), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
