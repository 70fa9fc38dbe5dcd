/**
 * The Debian packages that tests need, and what shows that each is installed: `debian-packages.json`.
 * @module
 */
import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { at } from './project.mjs';

/** Without these whole parts of the suite are skipped. */
const ESSENTIAL = ['crun', 'runc', 'podman', 'conmon', 'busybox-static'];

/** @returns {Promise<string[]>} packages without which whole parts of the suite are skipped, and which are not installed */
export async function missingPackages() {
  /** @type {Readonly<Record<string, readonly string[]>>} */
  const known = JSON.parse(await readFile(at('scripts', 'debian-packages.json'), 'utf8'));
  const missing = [];
  for (const name of ESSENTIAL) {
    const programs = await Promise.all((known[name] ?? []).map((program) => isInPath(program)));
    if (programs.includes(false)) missing.push(name);
  }
  return missing;
}

/**
 * @param {string} reason why a test was skipped, as `__test__/support/needs.ts` words it
 * @returns {string[]} the packages to install, if that is what is missing
 */
export function packagesFor(reason) {
  return Array.from(reason.matchAll(/ is not installed: apt-get install ([a-z0-9.+-]+)/g), ([, name = '']) => name);
}

/**
 * @param {string} name
 * @param {string} [path] as in PATH; an administrator's directories are searched as well
 * @returns {Promise<boolean>}
 */
export async function isInPath(name, path = process.env.PATH ?? '') {
  for (const directory of [...path.split(delimiter), '/usr/sbin', '/sbin']) {
    if (directory === '') continue;
    const found = await access(join(directory, name), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
