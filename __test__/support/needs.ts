/**
 * Tools that a test requires. A missing one skips the test, and the reason lists the Debian packages to install; with `CI=true`,
 * where everything must be installed, it is a failure.
 */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { MINIRUNTIME } from './places.js';

/** Package → the programs and files that show it is installed. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = JSON.parse(
  readFileSync(new URL('../../scripts/debian-packages.json', import.meta.url), 'utf8'),
);

const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`;

/** Absolute path of a program in `PATH`, undefined if there is none. */
export function which(program: string): string | undefined {
  return PATH.split(':')
    .filter((directory) => directory !== '')
    .map((directory) => `${directory}/${program}`)
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Why a test cannot run without these tools here: what else must be the case, and the Debian packages to install. */
export function missing(...tools: readonly string[]): string | undefined {
  const packages = new Set(tools.filter((tool) => !(tool in OTHERS)).map(missingPackage));
  packages.delete(undefined);
  const reasons = tools.map((tool) => OTHERS[tool]?.()).filter((reason) => reason !== undefined);
  if (packages.size > 0) reasons.push(`missing packages: ${[...packages].join(' ')}`);
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

/** What no package brings. */
const OTHERS: Readonly<Record<string, () => string | undefined>> = {
  root: () => (process.getuid?.() === 0 ? undefined : 'must be run by root'),
  miniruntime: () => (isExecutable(MINIRUNTIME) ? undefined : 'miniruntime is not built: npm run build'),
};

/** The package of a program, or of that name, if it is not installed. */
function missingPackage(tool: string): string | undefined {
  const found = Object.entries(PACKAGES).find(([name, signs]) => signs.includes(tool) || name === tool);
  if (found === undefined) throw new Error(`${tool} is in no package of scripts/debian-packages.json`);
  const [name, signs] = found;
  const isThere = (sign: string): boolean => (sign.startsWith('/') ? existsSync(sign) : which(sign) !== undefined);
  return (name === tool ? signs : [tool]).every(isThere) ? undefined : name;
}

/** Options of a test that needs these tools. */
export function needs(...tools: readonly string[]): { skip?: string } {
  return orSkip(missing(...tools));
}

/** Options of a test that cannot run for this reason; undefined: it can. */
export function orSkip(reason: string | undefined): { skip?: string } {
  if (reason === undefined) return {};
  if (process.env['CI'] === 'true') throw new Error(reason);
  return { skip: reason };
}

/** Options of a test that limits memory. */
export function memoryNeeds(): { skip?: string } {
  const [v1, v2] = ['/sys/fs/cgroup/memory/memory.limit_in_bytes', '/sys/fs/cgroup/cgroup.controllers'];
  if (existsSync(v1) || (existsSync(v2) && readFileSync(v2, 'utf8').includes('memory'))) return {};
  return { skip: 'no memory controller' };
}
