/** Running C conmons, and the executable of this project that they are to continue as. */
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import type { Host } from '../../planner/host.js';
import type { Plan } from '../../planner/plan.js';
import { decode } from '../bytes.js';
import { system } from '../host/system.js';
import { addon } from '../native/load-addon.js';
import { planOf } from '../plan.js';
import type { MonitorInfo } from './info.js';

/** The versions whose descriptors and memory are known, from the first to the last. */
const FIRST = [2, 1, 6];
const LAST = [2, 2, 1];

/** Why a monitor cannot be adopted; undefined if that can be tried. */
export function whyNotAdoptable({ kind, mode, isForeign, state, version }: MonitorInfo): string | undefined {
  if (isForeign) return 'it belongs to another user';
  if (kind === 'conmon-node') return 'it is a monitor of this project already';
  if (kind !== 'conmon' || version === undefined) return 'it is not known to be a C conmon';
  if (!isKnown(version)) return `its version ${version} is not known: ${FIRST.join('.')} to ${LAST.join('.')} are`;
  if (mode === 'exec') return 'it monitors an exec session';
  if (state === 'stopped') return 'it is stopped';
  if (state === 'creating' || state === 'ended') return 'its container does not run';
  return undefined;
}

function isKnown(version: string): boolean {
  const numbers = version.split(/[^\d]/).slice(0, 3).map(Number);
  return compare(numbers, FIRST) >= 0 && compare(numbers, LAST) <= 0;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const differing = a.findIndex((number, at) => number !== b[at]);
  return differing < 0 ? 0 : (a[differing] ?? 0) - (b[differing] ?? 0);
}

/**
 * Resolves when the C conmon has become that executable.
 *
 * @throws when it continues unchanged; the message is the reason
 */
export async function adoptMonitor({ pid, version = '' }: MonitorInfo, executable: string): Promise<void> {
  const { commandLine, plan } = unlessEnded(pid, () => {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`);
    return { commandLine, plan: JSON.stringify(planThere(pid, commandLine)) };
  });
  await addon().adoptMonitor({ pid, commandLine, version, plan, executable: Buffer.from(executable) });
}

/** The files of a process that ends meanwhile are missing, or empty. */
function unlessEnded<T>(pid: number, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!existsSync(`/proc/${pid}/exe`)) throw new Error('it has ended', { cause });
    throw cause;
  }
}

/** What the executable will decide about the same command line, environment and working directory. */
function planThere(pid: number, commandLine: Buffer): Plan {
  const env = Object.fromEntries(strings(readFileSync(`/proc/${pid}/environ`)).map(splitAtEquals));
  const cwd = decode(readlinkSync(`/proc/${pid}/cwd`, { encoding: 'buffer' }));
  // It may be in another mount namespace.
  const there = (path: string): string => `/proc/${pid}/root${path}`;
  const host: Host = {
    cwd: () => cwd,
    isExecutable: (path) => system.isExecutable(there(path)),
    whyNotExecutable: (path) => system.whyNotExecutable(there(path)),
  };
  const [, ...argv] = strings(commandLine);
  return planOf(argv, { env, host });
}

function strings(block: Buffer): string[] {
  const words = block.toString('latin1').split('\0').slice(0, -1);
  return words.map((word) => decode(Buffer.from(word, 'latin1')));
}

function splitAtEquals(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return [entry.slice(0, at), entry.slice(at + 1)];
}
