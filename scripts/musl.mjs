/**
 * What links an addon for musl, without a C compiler for it: the linker that comes with Rust's compiler, the start code and the
 * static libraries that come with the standard library for musl, and what those lack of shared libraries.
 * @module
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from './project.mjs';

/** @param {string} target */
export const isMusl = (target) => target.endsWith('-musl');

/** The linker. @param {string} host */
export async function muslLinker(host) {
  return join(await sysroot(), 'lib', 'rustlib', host, 'bin', 'rust-lld');
}

/**
 * Flags of the compiler.
 * @param {string} target
 * @param {string} host
 * @param {string} directory for libraries, of this target only
 */
export async function muslFlags(target, host, directory) {
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
  const archive = join(await sysroot(), 'lib', 'rustlib', target, 'lib', 'self-contained', 'libc.a');
  const made = join(directory, `libc.so.${process.pid}.tmp`);
  const words = ['-flavor', 'gnu', '-shared', '-soname', 'libc.so', '--whole-archive', archive, '-o', made];
  await must(await muslLinker(host), words);
  await rename(made, join(directory, 'libc.so'));
  await writeFile(join(directory, 'libdl.so'), 'INPUT(libc.so)\n');
  await writeFile(join(directory, 'libgcc_s.so'), 'INPUT(libunwind.a)\n');
}

async function sysroot() {
  return (await must('rustc', ['--print', 'sysroot'])).trim();
}
