/**
 * The monitor's command under test. The same tests hold for the executable, for both scripts of `bin/` and for C conmon;
 * `CONMON` names it, the default is the executable of this checkout.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { needs } from './needs.js';
import { ROOT } from './places.js';

export { MINIRUNTIME, ROOT } from './places.js';

/** Absolute path of the command under test; a name without a slash is looked up in `PATH`. */
export const CONMON = absolute(process.env['CONMON'] ?? `${ROOT}dist/native/conmon`);

function absolute(command: string): string {
  if (command.includes('/')) return resolve(command);
  const directories = (process.env['PATH'] ?? '').split(':');
  return directories.map((directory) => `${directory}/${command}`).find((path) => existsSync(path)) ?? command;
}

if (!existsSync(CONMON)) throw new Error(`${CONMON} does not exist: build it with "npm run build", or set CONMON`);

/** Whether the command under test is C conmon: the only one linked against GLib. */
export const IS_C = readFileSync(CONMON).includes('libglib-2.0.so');

/** Whether an emulator runs it (`scripts/emulated.mjs`), whose threads, memory and command line are those of the process. */
const IS_EMULATED = process.env['CONMON_EMULATED'] === '1';

/** Whether everything is slow, because the whole machine is emulated (`__test__/vm/suite.sh`). */
export const IS_SLOW = IS_EMULATED || process.env['CONMON_TEST_SLOW'] === '1';

/** The first line of `--version`, for messages. */
export const VERSION = execFileSync(CONMON, ['--version'], { encoding: 'utf8' }).split('\n')[0] ?? '';

/** Options for a test that C conmon cannot pass: skipped there, with the reason. */
export function betterThanC(reason: string): { skip?: string } {
  return IS_C ? { skip: `better than C: ${reason}` } : {};
}

/** Options of a test with both conditions: the tools, and a monitor better than C conmon. */
export function betterThanCNeeds(reason: string, ...tools: readonly string[]): { skip?: string } {
  return IS_C ? betterThanC(reason) : needs(...tools);
}

/** Options for a test of state that Node changes before the program starts: skipped in that host. */
export function unlessNode(reason: string): { skip?: string } {
  return CONMON.endsWith('conmon-node') ? { skip: `not in the Node host: ${reason}` } : {};
}

/** Options for a test of what an emulator changes. */
export function unlessEmulated(reason: string): { skip?: string } {
  return IS_EMULATED ? { skip: `not in an emulator: ${reason}` } : {};
}
