/**
 * Runs `npm ci` unless the packages in node_modules are those of package-lock.json. Uses nothing but Node's own modules.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { at, isMain, must, Problem, runMain } from './project.mjs';

/** @typedef {Readonly<Record<string, { integrity?: string, optional?: boolean, devOptional?: boolean }>>} Packages */

export async function installPackages() {
  if (Number.parseInt(process.versions.node, 10) < 20) {
    throw new Problem(`Node.js 20 or newer is needed, this is ${process.version}: https://nodejs.org/en/download`);
  }
  const [wanted, found] = await Promise.all([
    packagesOf(at('package-lock.json')),
    packagesOf(at('node_modules', '.package-lock.json')).catch(() => ({})),
  ]);
  if (isInstalled(wanted, found)) return;
  console.error('── npm ci');
  await must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { live: 'stderr' });
}

/**
 * @param {Packages} wanted of package-lock.json
 * @param {Packages} found of node_modules/.package-lock.json, npm's record of what it installed
 */
export function isInstalled(wanted, found) {
  return Object.entries(wanted).every(([path, { integrity, optional, devOptional }]) => {
    // The project itself is not listed; builds for other platforms are never installed.
    if (path === '' || (found[path] === undefined && (optional || devOptional))) return true;
    return found[path] !== undefined && found[path].integrity === integrity;
  });
}

/** @param {string} path of a lock file @returns {Promise<Packages>} */
async function packagesOf(path) {
  return JSON.parse(await readFile(path, 'utf8')).packages;
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    await installPackages();
    return 0;
  });
}
