/**
 * What a build for another machine needs: Rust's library for it, which rustup adds, and a linker and a C library, which come from
 * Debian.
 * @module
 */
import { existsSync } from 'node:fs';
import { hostTarget, linkerFor } from './build-rust.mjs';
import { isMusl } from './musl.mjs';
import { machineOf } from './platforms.mjs';
import { must, Problem, run } from './project.mjs';

/**
 * @param {string} target of another machine
 * @throws {Problem} with what is missing
 */
export async function requireToolchain(target) {
  const { executable } = machineOf(target);
  if (executable !== (await hostTarget())) await requireCompiler(executable);
  await requireLibrary(executable);
  if (!isMusl(target)) return;
  await requireLibrary(target);
  const linker = await linkerFor(target);
  if (!existsSync(linker))
    throw new Problem(`cannot find the linker ${linker}: it comes with the Rust that rustup installs`);
}

/** @param {string} target */
async function requireCompiler(target) {
  const { gnu, debian } = machineOf(target);
  const directory = await must(await linkerFor(target), ['-print-file-name=libc.a']).catch(() => '');
  const missing = [
    ...(directory === '' ? [`gcc-${gnu.replace('_', '-')}`] : []),
    // gcc prints the bare name of a file that it does not find.
    ...(directory.startsWith('/') ? [] : [`libc6-dev-${debian}-cross`]),
  ];
  const names = missing.join(' ');
  if (missing.length > 0) throw new Problem(`missing packages: ${names}\napt-get install ${names}`);
}

/** Rust's. @param {string} target */
async function requireLibrary(target) {
  const library = (await must('rustc', ['--print', 'target-libdir', '--target', target])).trim();
  if (existsSync(library)) return;
  const { status, stderr } = await run('rustup', ['target', 'add', target]);
  if (status !== 0)
    throw new Problem(`rustc has no standard library for ${target}, and rustup cannot add it\n${stderr}`);
}
