/**
 * What a virtual machine is: of this machine's architecture with its programs, or arm64, emulated, with programs of Debian.
 * `CONMON_TEST_MACHINE` selects it; `npm run test:emulated -- arm64 vm` prepares what it needs and sets that.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { needs, orSkip, which } from './needs.js';
import { CONMON, ROOT } from './target.js';

export interface Machine {
  /** QEMU for it, without what all machines have. */
  readonly command: readonly string[];
  readonly console: string;
  /** The monitor under test, for it. */
  readonly conmon: string;
  /** Where `scripts/vm-kernel.sh` puts its kernel. */
  readonly kernels: string;
  /** How many times longer than on x86-64 everything may take. */
  readonly slowness: number;
  /** Debian's programs and Node, for tests that run in it; undefined: they run here. */
  readonly suite: string | undefined;
  /** Options of a test with these programs. */
  readonly needs: (...programs: readonly string[]) => { skip?: string };
  /** Where a program for it is here. */
  readonly which: (program: string) => string | undefined;
  /** Libraries that a program for it is linked against: where they are here, and there. */
  readonly librariesOf: (program: string) => readonly (readonly [here: string, there: string])[];
}

/** By Debian's names. */
const MACHINES: Readonly<Record<string, () => Machine>> = { amd64, arm64 };

export const MACHINE = selected(process.env['CONMON_TEST_MACHINE'] ?? 'amd64');

function selected(name: string): Machine {
  const machine = MACHINES[name];
  if (machine === undefined)
    throw new Error(`CONMON_TEST_MACHINE=${name}: known are ${Object.keys(MACHINES).join(', ')}`);
  return machine();
}

function amd64(): Machine {
  const accelerator = execFileSync(`${ROOT}scripts/vm-accelerator.sh`, { encoding: 'utf8' }).trim();
  return {
    command: ['qemu-system-x86_64', '-accel', accelerator],
    console: 'ttyS0',
    conmon: CONMON,
    kernels: `${ROOT}target/vm-kernel/boot`,
    slowness: 1,
    suite: undefined,
    needs: (...programs) => needs('qemu-system-x86_64', ...programs),
    which,
    librariesOf,
  };
}

function librariesOf(program: string): [string, string][] {
  try {
    const text = execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return [...text.matchAll(/(?:^\t|=> )(\/\S+) \(/gm)].map(([, path = '']) => [path, path]);
  } catch {
    // Static.
    return [];
  }
}

function arm64(): Machine {
  const programs = `${ROOT}target/vm-programs-arm64/usr`;
  const libraries = filesIn(`${programs}/lib`).filter((path) => /\.so\.\d[^/]*$/.test(path));
  return {
    // QEMU's own algorithm for pointer authentication, which is faster than the architecture's.
    command: ['qemu-system-aarch64', '-accel', 'tcg', '-machine', 'virt', '-cpu', 'max,pauth-impdef=on'],
    console: 'ttyAMA0',
    conmon: `${ROOT}dist/cross/linux-arm64/conmon`,
    kernels: `${ROOT}target/vm-kernel-arm64/boot`,
    slowness: 2,
    suite: `${ROOT}target/vm-suite-arm64`,
    needs: () => (libraries.length > 0 ? {} : orSkip('no programs for arm64: npm run test:emulated -- arm64 vm')),
    which: (name) => [`${programs}/bin/${name}`, `${programs}/sbin/${name}`].find((path) => existsSync(path)),
    // All of them: ldd is for programs of this machine.
    librariesOf: () => libraries.map((path) => [path, `/lib/${basename(path)}`]),
  };
}

function filesIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => `${directory}/${name}`);
}
