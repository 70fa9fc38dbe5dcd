/**
 * The monitor's command under test. The same tests hold for the executable, for both scripts of `bin/` and for C conmon;
 * `CONMON` names it, the default is the executable of this checkout.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Root directory of the checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Absolute path of the command under test; a name without a slash is looked up in `PATH`. */
export const CONMON = absolute(process.env['CONMON'] ?? `${ROOT}dist/native/conmon`);

function absolute(command: string): string {
  if (command.includes('/')) return command;
  const directories = (process.env['PATH'] ?? '').split(':');
  return directories.map((directory) => `${directory}/${command}`).find((path) => existsSync(path)) ?? command;
}

/** The runtime of this project; tests of a misbehaving runtime use it. */
export const MINIRUNTIME = process.env['MINIRUNTIME'] ?? `${ROOT}dist/native/miniruntime`;

if (!existsSync(CONMON)) throw new Error(`${CONMON} does not exist: build it with "npm run build", or set CONMON`);

/** Whether the command under test is C conmon: the only one linked against GLib. */
export const IS_C = readFileSync(CONMON).includes('libglib-2.0.so');

/** The first line of `--version`, for messages. */
export const VERSION = execFileSync(CONMON, ['--version'], { encoding: 'utf8' }).split('\n')[0] ?? '';

/** Options for a test that C conmon fails by design of ours: skipped there, with the reason. */
export function betterThanC(reason: string): { skip?: string } {
  return IS_C ? { skip: `better than C: ${reason}` } : {};
}

/** Options for a test of something that Node itself takes away before any code of ours runs: skipped in that host. */
export function unlessNode(reason: string): { skip?: string } {
  return CONMON.endsWith('conmon-node') ? { skip: `not in the Node host: ${reason}` } : {};
}
