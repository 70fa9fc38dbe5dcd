/**
 * A root file system out of one file: busybox, if it is installed and needs no libraries.
 * @module
 */
import { constants } from 'node:fs';
import { access, copyFile, mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';

const PLACES = ['/usr/bin/busybox', '/bin/busybox'];
const COMMANDS = ['sh', 'echo', 'printf', 'sleep', 'cat', 'ls', 'ps', 'hostname', 'id'];

/** ELF: the program header that names the dynamic loader, elf(5). */
const PT_INTERP = 3;

/** @returns {Promise<string | undefined>} its path */
export async function findStaticBusybox() {
  for (const path of PLACES) {
    const runnable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runnable && isStatic(await readFile(path))) return path;
  }
  return undefined;
}

/**
 * @param {string} busybox
 * @param {string} rootfs an empty folder
 */
export async function makeRootfs(busybox, rootfs) {
  const bin = join(rootfs, 'bin');
  await mkdir(bin, { recursive: true });
  // Where the runtime mounts, also when the root file system is read-only.
  for (const folder of ['proc', 'sys', 'dev', 'tmp']) await mkdir(join(rootfs, folder), { recursive: true });
  await copyFile(busybox, join(bin, 'busybox'));
  for (const command of COMMANDS) await symlink('busybox', join(bin, command));
}

/**
 * Whether an ELF file (64 bits, little-endian) runs without a dynamic loader.
 * @param {Buffer} file
 */
export function isStatic(file) {
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1) return false;
  const table = Number(file.readBigUInt64LE(32));
  const size = file.readUInt16LE(54);
  const count = file.readUInt16LE(56);
  for (let index = 0; index < count; index += 1) {
    if (file.readUInt32LE(table + index * size) === PT_INTERP) return false;
  }
  return true;
}
