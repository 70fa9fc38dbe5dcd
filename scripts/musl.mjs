/**
 * Builds for musl, without a C compiler for it. Executables are linked with Rust's own copy of it: glibc, linked statically, asks
 * the processor about itself at each start, which a hypervisor emulates (docs/performance.md, "Start").
 * @module
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { at, must } from './project.mjs';
import { rustlib } from './rustc.mjs';

/** @import { Machine } from './platforms.mjs' */

/** @param {string} target */
export const isMusl = (target) => target.endsWith('-musl');

/** musl's headers, which `scripts/musl-headers.sh` downloads; where it cannot, those that are installed. @param {Machine} machine */
export function muslHeaders({ debian, gnu }) {
  const installed = join('/usr/include', gnu.replace(/-gnu$/, '-musl'));
  const downloaded = at('target', 'musl-headers', debian);
  return existsSync(downloaded) || !existsSync(installed) ? downloaded : installed;
}

/** Flags of a C compiler for glibc that make it one for musl. @param {string} compiler @param {Machine} machine */
export async function muslHeaderFlags(compiler, machine) {
  const own = (await must(compiler, ['-print-file-name=include'])).trim();
  return ['-nostdinc', '-isystem', muslHeaders(machine), '-isystem', own];
}

/**
 * Flags of Rust's compiler for an executable that relocates itself, on machines where it has no such target: musl's start code for
 * that, instead of what the compiler would name.
 * @param {string} target
 */
export async function selfRelocating(target) {
  if (target.startsWith('x86_64-')) return [];
  const objects = ['rcrt1.o', 'crti.o', 'crtbeginS.o', 'crtendS.o', 'crtn.o'];
  const directory = await ownLibraries(target);
  return [
    '-Clink-self-contained=no',
    `-Lnative=${directory}`,
    '-Clink-arg=-nostartfiles',
    ...objects.map((name) => `-Clink-arg=${join(directory, name)}`),
  ];
}

/** The linker of addons, which comes with Rust's compiler. @param {string} host */
export async function muslLinker(host) {
  return join(await rustlib(host), 'bin', 'rust-lld');
}

/**
 * Flags of Rust's compiler for an addon.
 * @param {string} target
 * @param {string} host
 * @param {string} directory for libraries, of this target only
 */
export async function muslAddonFlags(target, host, directory) {
  await writeLibraries(target, host, directory);
  // A shared library cannot contain a C library: the one that Node has loaded is used.
  const dynamic = '-Ctarget-feature=-crt-static';
  return [dynamic, '-Clinker-flavor=ld.lld', '-Clink-self-contained=yes', `-Clink-arg=-L${directory}`];
}

/**
 * Makes the shared libraries that the compiler names to the linker. musl takes any `libc.so` for itself; only the names of its symbols
 * matter here. `libgcc_s`, which Alpine does not install by default, is replaced by LLVM's static unwinder.
 * @param {string} target
 * @param {string} host
 * @param {string} directory
 */
async function writeLibraries(target, host, directory) {
  await mkdir(directory, { recursive: true });
  const made = join(directory, `libc.so.${process.pid}.tmp`);
  const words = ['-flavor', 'gnu', '-shared', '-soname', 'libc.so', '--whole-archive', await muslLibrary(target)];
  await must(await muslLinker(host), [...words, '-o', made]);
  await rename(made, join(directory, 'libc.so'));
  await writeFile(join(directory, 'libdl.so'), 'INPUT(libc.so)\n');
  await writeFile(join(directory, 'libgcc_s.so'), 'INPUT(libunwind.a)\n');
}

/** musl itself, as Rust has it. @param {string} target */
export async function muslLibrary(target) {
  return join(await ownLibraries(target), 'libc.a');
}

/** musl, its start code and a static unwinder, which come with Rust's library. @param {string} target */
async function ownLibraries(target) {
  return join(await rustlib(target), 'lib', 'self-contained');
}
