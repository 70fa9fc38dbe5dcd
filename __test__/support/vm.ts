/**
 * A virtual machine without disk and network: a kernel of Debian, and a file system in memory that holds what a test puts
 * there. Emulated where KVM cannot run it, so that it runs wherever a test does.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Test } from 'tap';
import { needs, orSkip } from './needs.js';
import { ROOT } from './target.js';
import { MACHINE } from './vm-machine.js';
import { within } from './wait.js';

function kernel(): string | undefined {
  const given = process.env['CONMON_TEST_KERNEL'];
  if (given !== undefined) return given;
  const { kernels } = MACHINE;
  const names = existsSync(kernels) ? readdirSync(kernels) : [];
  const found = names.find((name) => name.startsWith('vmlinuz-'));
  return found === undefined ? undefined : `${kernels}/${found}`;
}

/** Options of a test that needs a virtual machine. */
export function machineNeeds(): { skip?: string } {
  // busybox packs the image.
  const options = [needs('root', 'busybox'), MACHINE.needs('crun', 'runc')].find(({ skip }) => skip !== undefined);
  if (options !== undefined || kernel() !== undefined) return options ?? {};
  return orSkip('no kernel for a virtual machine: scripts/vm-kernel.sh');
}

/** The machine's file system, in a directory. */
export class Image {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    for (const directory of ['bin', 'dev', 'proc', 'run', 'sys', 'tmp'])
      mkdirSync(`${root}/${directory}`, { recursive: true });
    this.add(MACHINE.which('busybox') ?? '', '/bin/busybox');
  }

  directory(path: string): void {
    mkdirSync(`${this.#root}${path}`, { recursive: true });
  }

  write(path: string, content: string | Buffer, mode = 0o644): void {
    this.directory(dirname(path));
    writeFileSync(`${this.#root}${path}`, content);
    chmodSync(`${this.#root}${path}`, mode);
  }

  link(path: string, target: string): void {
    this.directory(dirname(path));
    symlinkSync(target, `${this.#root}${path}`);
  }

  /** Copies a program, if it is not there yet, and the libraries that it is linked against. */
  add(program: string, path: string): void {
    if (existsSync(`${this.#root}${path}`)) return;
    this.#copy(program, path);
    for (const [here, there] of MACHINE.librariesOf(program)) this.#copy(here, there);
  }

  #copy(from: string, to: string): void {
    if (existsSync(`${this.#root}${to}`)) return;
    this.directory(dirname(to));
    copyFileSync(from, `${this.#root}${to}`);
    chmodSync(`${this.#root}${to}`, 0o755);
  }

  /** Packs it (newc, as the kernel's early user space wants it). */
  pack(file: string): void {
    execFileSync('/bin/sh', ['-c', 'cd "$0" && find . | busybox cpio -o -H newc > "$1" 2>/dev/null', this.#root, file]);
  }
}

/**
 * Runs `/init` of the image until the machine turns itself off; what it printed.
 *
 * @param hierarchy of cgroups: `v1`, `hybrid` or `v2`; `/init` has it in its environment
 * @param megabytes of memory, which holds the file system as well
 */
export async function boot(
  t: Test,
  initrd: string,
  patience: number,
  hierarchy: string,
  megabytes = 768,
): Promise<string> {
  const [command = '', ...machine] = MACHINE.command;
  const all = ['-smp', '2', '-m', `${megabytes}`, '-nodefaults', '-nographic', '-no-reboot', '-serial', 'stdio'];
  const append = `console=${MACHINE.console} quiet panic=-1 hierarchy=${hierarchy}`;
  const words = [...machine, ...all, '-kernel', kernel() ?? '', '-initrd', initrd, '-append', append];
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString('latin1')));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    await within('the end of the virtual machine', ended, patience);
  } catch (error) {
    throw new Error(`${String(error)}; it said: ${said}`, { cause: error });
  }
  return said.replaceAll('\r', '');
}

/** The text of a file beside the tests. */
export function script(name: string): string {
  return readFileSync(`${ROOT}__test__/vm/${name}`, 'utf8');
}
