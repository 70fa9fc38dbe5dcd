/**
 * Installs the npm packages when those in node_modules are not those of package-lock.json. npm keeps its own record of
 * what it installed; comparing the two says more than their times, which a checkout changes.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { Problem } from './problem.mjs';
import { at, ROOT } from './project.mjs';
import { run } from './run.mjs';

/** @typedef {Readonly<Record<string, { version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, peer?: boolean }>>} Packages */

/** Runs `npm ci` if it is needed. */
export async function installPackages() {
  const wanted = await packagesOf(at('package-lock.json'));
  if (wanted === undefined) throw new Problem(`cannot read ${at('package-lock.json')}: is the checkout complete?`);
  if (isInstalled(wanted, await packagesOf(at('node_modules', '.package-lock.json')))) return;
  console.log('── installing npm packages (npm ci)');
  const { status } = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: ROOT, live: true });
  if (status !== 0) throw new Problem(`npm ci failed with status ${status}; what it printed is above.`);
}

/**
 * @param {Packages} wanted of package-lock.json
 * @param {Packages | undefined} found of node_modules/.package-lock.json
 */
export function isInstalled(wanted, found) {
  if (found === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const installed = found[path];
    // Builds for other platforms are in the lock file but never installed.
    if (installed === undefined) return entry.optional === true || entry.devOptional === true;
    return installed.version === entry.version && installed.integrity === entry.integrity;
  });
}

/**
 * @param {string} path of a lock file
 * @returns {Promise<Packages | undefined>}
 */
async function packagesOf(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
