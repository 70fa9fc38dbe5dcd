/**
 * `npm run test:emulated -- CPU WHAT [FILE…]`: tests of the executable for another machine, which QEMU's user mode emulates. `WHAT`
 * is `e2e`, by default all of __test__/e2e, or `cargo`, the tests of crates/sys and crates/core.
 *
 * The emulator is a process of this kernel: system calls are real, but clone(2) with CLONE_VM is a fork, seccomp(2) is refused,
 * and the emulator's own threads, memory and command line are those that other processes see.
 * @module
 */
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildExecutables, flagsFor } from './build-rust.mjs';
import { platformOf } from './platforms.mjs';
import { at, must, Problem, run, runMain } from './project.mjs';
import { endToEndFiles } from './steps.mjs';
import { requireToolchain } from './toolchain.mjs';

/** @import { Platform } from './platforms.mjs' */

/** Files of __test__/e2e that are not run, and why. */
const LEFT_OUT = {
  confinement: 'the emulator refuses seccomp(2) and has threads',
  memory: 'the memory of the emulator would be measured',
  'old-kernel': 'missing system calls would be missing for the emulator',
  'read-errors': 'the emulator makes other system calls than the program',
};

/** What a test run reads as one skipped test, as tap and as cargo print it. */
const SKIPPED = {
  e2e: (/** @type {string} */ reason) => `TAP version 14\nok 1 - emulated # SKIP ${reason}\n1..1`,
  cargo: (/** @type {string} */ reason) => `test emulated ... ignored, ${reason}`,
};

await runMain(async () => {
  const [cpu, what, ...files] = process.argv.slice(2);
  if (cpu === undefined || (what !== 'e2e' && what !== 'cargo'))
    throw new Problem('usage: npm run test:emulated -- CPU e2e|cargo [FILE…]');
  const platform = platformOf(cpu, 'cpu');
  const missing = await prepare(platform);
  if (missing !== undefined) {
    console.log(SKIPPED[what](missing));
    return 0;
  }
  return what === 'cargo' ? testCrates(platform) : testFromOutside(platform, files);
});

/** @param {Platform} platform @returns {Promise<string | undefined>} why this machine cannot */
async function prepare({ target }) {
  try {
    await requireToolchain(target);
    await must(at('scripts', 'qemu-user.sh'), []);
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error.message.split('\n', 1)[0];
    throw error;
  }
}

/** @param {Platform} platform */
async function testCrates({ target, machine }) {
  const runner = `CARGO_TARGET_${target.toUpperCase().replaceAll('-', '_')}_RUNNER`;
  const runs = process.env.CONMON_TEST_RUNS ?? '20';
  const env = { ...process.env, [runner]: emulatorOf(machine), CONMON_TEST_RUNS: runs };
  const flags = ['--target', target, ...(await flagsFor(target)), '--config', at('.cargo', 'static.toml')];
  const tests = ['--package', 'conmon-sys', '--package', 'conmon-core', '--lib', '--', '--format', 'pretty'];
  return (await run('cargo', ['test', '--quiet', '--no-fail-fast', ...flags, ...tests], { env, live: 'all' })).status;
}

/**
 * @param {Platform} platform
 * @param {readonly string[]} files
 */
async function testFromOutside({ cpu, target, machine, release }, files) {
  const native = at('dist', 'cross', release);
  await buildExecutables(target, native);
  const command = await wrap(emulatorOf(machine), join(native, 'conmon'), at('target', 'emulated', cpu));
  const env = { ...process.env, CONMON: command, CONMON_EMULATED: '1' };
  const words = ['--reporter=tap', '--no-color', '--timeout=300', ...(files.length > 0 ? files : emulable())];
  return (await run(at('node_modules', '.bin', 'tap'), words, { env, live: 'all' })).status;
}

function emulable() {
  const left = Object.keys(LEFT_OUT).map((name) => `__test__/e2e/${name}.test.ts`);
  return endToEndFiles().filter((path) => !left.includes(path));
}

/** @param {string} machine */
function emulatorOf(machine) {
  return at('target', 'qemu-user', `qemu-${machine}`);
}

/**
 * A command that runs a program in the emulator. Both are named `conmon`, which is then the name that the kernel has for the
 * process. binfmt_misc would make it unnecessary, but is one for all containers of a machine.
 * @param {string} emulator
 * @param {string} program
 * @param {string} directory
 */
async function wrap(emulator, program, directory) {
  const quoted = (/** @type {string} */ text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const [command, copy] = [join(directory, 'conmon'), join(directory, 'emulator', 'conmon')];
  await mkdir(join(directory, 'emulator'), { recursive: true });
  await copyFile(emulator, copy);
  await writeFile(command, `#!/bin/sh\nexec ${quoted(copy)} -0 "$0" ${quoted(program)} "$@"\n`);
  await chmod(command, 0o755);
  return command;
}
