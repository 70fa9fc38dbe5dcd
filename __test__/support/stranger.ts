/** Processes of another user that claim to be monitors. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import type { Test } from 'tap';
import { actor } from './actor.js';
import { createArguments } from './arguments.js';
import { type Launched, launch } from './monitor.js';
import { killAllOf, type Scene, scene } from './scene.js';
import { until } from './wait.js';

export const NOBODY = 65534;
/** The words that prefix a command to run as user nobody. */
export const AS_NOBODY: readonly string[] = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];

/** The strings that identified C conmon and earlier versions of this monitor. */
const TEXT = 'conmon version 9.9.9\nCONMON_ATTACH_STALL_SECONDS\0';
const LOAD_ADDRESS = 0x400000n;
const HEADERS = 120;
/** Waits for signals in a loop: pause(2), or ppoll(2) where that does not exist. */
const CODE: Readonly<Record<string, { readonly machine: number; readonly bytes: string }>> = {
  x64: { machine: 62, bytes: 'b8220000000f05ebf7' },
  arm64: { machine: 183, bytes: 'e0031faae1031faae2031faae3031faa280980d2010000d4faffff17' },
};

/** An executable for this architecture that only waits, whatever its arguments. */
function waitingProgram(): Buffer {
  const { machine, bytes } = CODE[process.arch] ?? { machine: 0, bytes: '' };
  const code = Buffer.from(bytes, 'hex');
  const text = Buffer.from(TEXT);
  const file = Buffer.alloc(HEADERS + code.length + text.length);
  // elf(5): 64 bits, little-endian, version 1; ET_EXEC with one program header.
  file.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(LOAD_ADDRESS + BigInt(HEADERS), 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  // PT_LOAD, readable and executable.
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(5, 68);
  file.writeBigUInt64LE(LOAD_ADDRESS, 80);
  file.writeBigUInt64LE(BigInt(HEADERS + code.length), 96);
  file.writeBigUInt64LE(BigInt(HEADERS + code.length), 104);
  file.writeBigUInt64LE(0x1000n, 112);
  code.copy(file, HEADERS);
  text.copy(file, HEADERS + code.length);
  return file;
}

/** A world-writable directory with the program. The test removes it and kills its processes at the end. */
export function strangersDirectory(t: Test, bytes?: number): string {
  const dir = realpathSync(mkdtempSync(`${tmpdir()}/conmon-stranger-`));
  chmodSync(dir, 0o777);
  t.teardown(() => {
    killAllOf(dir);
    rmSync(dir, { recursive: true, force: true });
  });
  writeFileSync(`${dir}/conmon`, waitingProgram());
  if (bytes !== undefined) truncateSync(`${dir}/conmon`, bytes);
  chmodSync(`${dir}/conmon`, 0o755);
  chownSync(`${dir}/conmon`, NOBODY, NOBODY);
  return dir;
}

export interface Claim {
  readonly dir: string;
  readonly cid: string;
  readonly name?: string;
  readonly pidfile?: string;
  readonly log?: string;
  /** Default: `dir`. */
  readonly bundle?: string;
  /** Shell commands before it executes the program. */
  readonly before?: string;
  /** The prefix of the shell: namespaces. */
  readonly prefix?: readonly string[];
  readonly extra?: readonly string[];
}

/** The command line of a monitor with these claims. */
function claimArguments({ dir, cid, name = 'web', bundle = dir, pidfile, log, extra = [] }: Claim): string[] {
  const places = [
    '-b',
    bundle,
    '-p',
    pidfile ?? `${dir}/pid`,
    '--exit-dir',
    dir,
    '-l',
    log ?? `k8s-file:${dir}/ctr.log`,
  ];
  return [
    '--api-version',
    '1',
    '-c',
    cid,
    '-u',
    cid,
    '-n',
    name,
    '-r',
    '/bin/true',
    ...places,
    '--full-attach',
    ...extra,
  ];
}

/** Starts it as user nobody; resolves with its pid. */
export async function stranger(t: Test, claim: Claim, user: readonly string[] = AS_NOBODY): Promise<number> {
  const script = `${claim.before ?? ':'}\nexec "$0" "$@"`;
  const words = [...user, ...(claim.prefix ?? []), 'sh', '-c', script, `${claim.dir}/conmon`, ...claimArguments(claim)];
  const [program = '', ...args] = words;
  const child = spawn(program, args, { cwd: '/', stdio: ['ignore', 'inherit', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${program}`);
  return until('the stranger', () => monitorBelow(pid));
}

/** The process itself, or one it started in a pid namespace. */
function monitorBelow(pid: number): number | undefined {
  if (nameOf(pid) === 'conmon') return pid;
  for (const child of childrenOf(pid)) {
    const found = monitorBelow(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** A container of root beside them. */
export async function realContainer(t: Test): Promise<{ readonly s: Scene; readonly run: Launched }> {
  const s = scene(t);
  const runtime = actor(s, { payload: 'sleep 60', ungated: true });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  return { s, run };
}
