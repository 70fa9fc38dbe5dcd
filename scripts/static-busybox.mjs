/**
 * A root file system out of one file: busybox, if it is installed and needs no libraries.
 * @module
 */
import { copyFile, mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';

const PLACES = ['/usr/bin/busybox', '/bin/busybox'];
const COMMANDS = ['sh', 'echo', 'printf', 'sleep', 'cat', 'ls', 'ps', 'hostname', 'id'];

/** @returns {Promise<string | undefined>} its path */
export async function findStaticBusybox() {
  for (const path of PLACES) if (isStatic(await readFile(path).catch(() => Buffer.alloc(0)))) return path;
  return undefined;
}

/**
 * @param {string} busybox
 * @param {string} rootfs an empty directory
 */
export async function makeRootfs(busybox, rootfs) {
  const bin = join(rootfs, 'bin');
  await mkdir(bin, { recursive: true });
  // Where the runtime mounts, also when the root file system is read-only.
  for (const directory of ['proc', 'sys', 'dev', 'tmp']) await mkdir(join(rootfs, directory), { recursive: true });
  await copyFile(busybox, join(bin, 'busybox'));
  for (const command of COMMANDS) await symlink('busybox', join(bin, command));
}

/**
 * Whether an ELF file (64 bits, little-endian) runs without a dynamic loader: no program header of the type PT_INTERP, elf(5).
 * @param {Buffer} file
 */
export function isStatic(file) {
  if (file.length < 64 || file.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return false;
  const [table, size, count] = [Number(file.readBigUInt64LE(32)), file.readUInt16LE(54), file.readUInt16LE(56)];
  return Array.from({ length: count }, (_, index) => file.readUInt32LE(table + index * size)).every(
    (type) => type !== 3,
  );
}
