/**
 * What the tests of `conmonctl run` share: the real command, a root file system, and a look at what is left afterwards.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findProgram, isExecutable } from '../../ts/node/native/find-program.js';
import { missing, needs, orSkip } from '../support/needs.js';
import { until } from '../support/wait.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What is in PATH when the package is installed. */
export const BIN = `${ROOT}bin/conmonctl`;
/** The same for tests. */
export const CONMONCTL = `${ROOT}__test__/ctl/conmonctl`;

const OURS = `${ROOT}dist/native/conmon`;

/** The monitors that the manager's part is tested with: ours, and the one it must not be different from. */
export const MONITORS = [
  {
    name: 'our conmon',
    path: OURS,
    missing: isExecutable(OURS) ? undefined : 'our conmon is not built: npm run build',
  },
  { name: 'C conmon', path: '/usr/bin/conmon', missing: missing('conmon') },
] as const;

/** Options of a test that needs them: an absent one skips it, with the reason. */
export function skipWithout(
  monitor: (typeof MONITORS)[number],
  ...programs: readonly string[]
): { readonly skip?: string } {
  const { missing } = monitor;
  return missing === undefined ? needs(...programs) : orSkip(missing);
}

/** Makes a root file system of busybox in an empty directory; nothing without busybox, as tests that need it are skipped. */
export function makeRootfs(directory: string): string {
  const busybox = findProgram('busybox', process.env);
  if (busybox === undefined) return directory;
  mkdirSync(`${directory}/bin`);
  copyFileSync(busybox, `${directory}/bin/busybox`);
  for (const command of ['sh', 'sleep', 'cat', 'dd', 'head', 'tr', 'hostname', 'id', 'env', 'pwd', 'stty']) {
    symlinkSync('busybox', `${directory}/bin/${command}`);
  }
  return directory;
}

export interface Result {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A run of the real command. Everything it makes is below `temporary`. */
export class Run {
  readonly child: ChildProcess;
  readonly ended: Promise<Result>;
  readonly #stdout: Buffer[] = [];
  readonly #stderr: Buffer[] = [];

  constructor(args: readonly string[], temporary: string, prefix: readonly string[] = []) {
    const [program = CONMONCTL, ...rest] = [...prefix, CONMONCTL, 'run', ...args];
    this.child = spawn(program, rest, { env: { ...process.env, TMPDIR: temporary } });
    this.child.stdout?.on('data', (chunk: Buffer) => this.#stdout.push(chunk));
    this.child.stderr?.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    this.child.stdin?.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.child.on('close', (status) => {
        resolve({ status, stdout: Buffer.concat(this.#stdout), stderr: Buffer.concat(this.#stderr).toString('utf8') });
      });
    });
  }

  /** The stdout so far. */
  soFar(): string {
    return Buffer.concat(this.#stdout).toString('utf8');
  }

  /** Resolves when this text has been printed on stdout; rejects if the run ends before. */
  printed(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (this.soFar().includes(text)) resolve();
      };
      this.child.stdout?.on('data', look);
      look();
      void this.ended.then(({ stderr }) => reject(new Error(`ended without printing ${text}: ${stderr}`)));
    });
  }
}

/**
 * What a run with this id has left: files, processes, cgroups. A monitor ends a moment after it has closed its sync pipe, and `conmonctl`
 * does not wait for more than that: so the end of the processes is waited for.
 */
export async function leftovers(id: string, temporary: string): Promise<readonly string[]> {
  await until('the end of all processes', () => processesNaming(id).length === 0).catch(() => undefined);
  const files = readdirSync(temporary).map((name) => `${temporary}/${name}`);
  return [...files, ...processesNaming(id), ...cgroupsNamed(id)];
}

function processesNaming(id: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        // A process that has ended (Z) has no command line.
        const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
        return command.includes(id) ? [`process ${pid}: ${command}`] : [];
      } catch {
        return [];
      }
    });
}

function cgroupsNamed(id: string): readonly string[] {
  const found = execFileSync('find', ['/sys/fs/cgroup', '-maxdepth', '3', '-name', id], { encoding: 'utf8' });
  return found.split('\n').filter((path) => path !== '');
}
