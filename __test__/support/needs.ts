/**
 * Tools that a test requires. A missing one skips the test and names the Debian package; with `CI=true`, where everything
 * must be installed, it is a failure.
 */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { IS_C, MINIRUNTIME } from './target.js';

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

function missing(tool: string): string | undefined {
  if (tool === 'root') return process.getuid?.() === 0 ? undefined : 'must be run by root';
  if (tool === 'miniruntime') return isExecutable(MINIRUNTIME) ? undefined : 'miniruntime is not built: npm run build';
  const [name, signs] = packageOf(tool);
  if (signs.every((sign) => (sign.startsWith('/') ? existsSync(sign) : which(sign) !== undefined))) return undefined;
  return `${tool} is not installed: apt-get install ${name}`;
}

/** The package that contains a program or has that name, and the files that show that it is installed. */
function packageOf(tool: string): readonly [name: string, signs: readonly string[]] {
  const found = Object.entries(PACKAGES).find(([, signs]) => signs.includes(tool));
  if (found !== undefined) return [found[0], [tool]];
  const signs = PACKAGES[tool];
  if (signs === undefined) throw new Error(`${tool} is in no package of scripts/debian-packages.json`);
  return [tool, signs];
}

/** Options of a test that needs these tools. */
export function needs(...tools: readonly string[]): { skip?: string } {
  const reasons = tools.map(missing).filter((reason) => reason !== undefined);
  if (reasons.length === 0) return {};
  const reason = reasons.join('; ');
  if (process.env['CI'] === 'true') throw new Error(reason);
  return { skip: reason };
}

/** Options of a test with both conditions: the tools, and a monitor better than C conmon. */
export function betterThanCNeeds(reason: string, ...tools: readonly string[]): { skip?: string } {
  return IS_C ? { skip: `better than C: ${reason}` } : needs(...tools);
}
