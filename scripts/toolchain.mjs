/**
 * What a build for another machine or another C library needs: Rust's library for it, which rustup adds, musl's headers,
 * and for another machine a compiler and a C library, which are Debian packages.
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compilerFor } from './build-rust.mjs';
import { isMusl, muslHeaders, muslLinker } from './musl.mjs';
import { machineOf } from './platforms.mjs';
import { at, must, Problem, run } from './project.mjs';
import { hostTarget, rustlib } from './rustc.mjs';

/** @import { Machine } from './platforms.mjs' */

/**
 * The target of the executables of this machine: with musl, if what that needs is available.
 * @param {(why: string) => void} without called with the reason if not
 */
export async function ownExecutables(without) {
  const host = await hostTarget();
  try {
    const machine = machineOf(host);
    await requireExecutables(machine);
    return machine.executable;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    without(error.message);
    return host;
  }
}

/** @param {string} target @throws {Problem} with what is missing */
export async function requireToolchain(target) {
  await requireExecutables(machineOf(target));
  await requireLibrary(target);
  if (!isMusl(target)) return;
  const linker = await muslLinker(await hostTarget());
  if (!existsSync(linker))
    throw new Problem(`cannot find the linker ${linker}: it comes with the Rust that rustup installs`);
}

/** @param {Machine} machine */
async function requireExecutables(machine) {
  const { executable } = machine;
  if ((await compilerFor(executable)) !== 'cc') await requireCompiler(machine);
  await requireLibrary(executable);
  if (!isMusl(executable) || executable === (await hostTarget())) return;
  const { stderr } = await run(at('scripts', 'musl-headers.sh'), [machine.debian]);
  if (!existsSync(muslHeaders(machine))) throw new Problem(`cannot download musl's headers: ${stderr.trim()}`);
}

/** @param {Machine} machine */
async function requireCompiler({ gnu, debian, executable }) {
  const library = await must(await compilerFor(executable), ['-print-file-name=libc.a']).catch(() => '');
  const missing = [
    ...(library === '' ? [`gcc-${gnu.replace('_', '-')}`] : []),
    // gcc prints the bare name of a file that it does not find.
    ...(library.startsWith('/') ? [] : [`libc6-dev-${debian}-cross`]),
  ];
  const names = missing.join(' ');
  if (missing.length > 0) throw new Problem(`missing packages: ${names}\napt-get install ${names}`);
}

/** Rust's. @param {string} target */
async function requireLibrary(target) {
  if (existsSync(join(await rustlib(target), 'lib'))) return;
  console.error(`── rustup target add ${target}`);
  const { status, stderr } = await run('rustup', ['target', 'add', target]);
  if (status !== 0)
    throw new Problem(`rustc has no standard library for ${target}, and rustup cannot add it\n${stderr}`);
}
