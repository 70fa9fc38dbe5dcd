/**
 * The Debian packages that tests need, and the programs that each brings: `debian-packages.json`.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { at, isInPath } from './project.mjs';

/** Without these whole parts of the suite are skipped. */
const ESSENTIAL = ['crun', 'runc', 'podman', 'conmon', 'busybox-static'];

/** @returns {Promise<string[]>} packages without which whole parts of the suite are skipped, and which are not installed */
export async function missingPackages() {
  /** @type {Readonly<Record<string, readonly string[]>>} */
  const programs = JSON.parse(await readFile(at('scripts', 'debian-packages.json'), 'utf8'));
  const found = await Promise.all(
    ESSENTIAL.map(async (name) => Promise.all((programs[name] ?? []).map((program) => isInPath(program)))),
  );
  return ESSENTIAL.filter((_, index) => found[index]?.includes(false));
}

/**
 * @param {string} reason why a test was skipped, as `__test__/support/needs.ts` words it
 * @returns {string[]} the packages to install, if that is what is missing
 */
export function packagesFor(reason) {
  return Array.from(reason.matchAll(/ is not installed: apt-get install ([a-z0-9.+-]+)/g), ([, name = '']) => name);
}
