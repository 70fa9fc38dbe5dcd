/**
 * Checks that the tools of the build are installed, and runs `npm ci` unless node_modules matches package-lock.json. Uses only
 * Node's own modules.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { at, isInPath, isMain, must, Problem, runMain } from './project.mjs';

/** Tools that the build cannot do without. Cargo itself checks the version of Rust. */
const TOOLS = {
  cargo: "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh, and add ~/.cargo/bin to PATH",
  cc: 'apt-get install gcc libc6-dev',
};

/** @typedef {Readonly<Record<string, { integrity?: string, optional?: boolean, devOptional?: boolean }>>} Packages */

/** Installs the packages of package-lock.json, if they are not. @returns {Promise<number>} 0 */
export async function installPackages() {
  const problems = await missingTools(process.version, process.env.PATH);
  if (problems.length > 0) throw new Problem(problems.join('\n'));
  const packagesOf = async (/** @type {string} */ path) => JSON.parse(await readFile(at(path), 'utf8')).packages;
  const wanted = await packagesOf('package-lock.json');
  const found = await packagesOf('node_modules/.package-lock.json').catch(() => ({}));
  if (!isInstalled(wanted, found)) {
    console.error('── npm ci: about half a minute');
    await must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { live: 'stderr' });
  }
  return 0;
}

/**
 * @param {string} node its version
 * @param {string | undefined} path as in PATH
 * @returns {Promise<string[]>} what is missing, and how to install it
 */
export async function missingTools(node, path) {
  const isOld = Number.parseInt(node.slice(1), 10) < 20;
  const problems = isOld ? [`Node.js 20 or newer is needed, this is ${node}: https://nodejs.org/en/download`] : [];
  for (const [name, how] of Object.entries(TOOLS)) {
    if (!(await isInPath(name, path))) problems.push(`${name} is not installed: ${how}`);
  }
  return problems;
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

if (isMain(import.meta.url)) await runMain(installPackages);
