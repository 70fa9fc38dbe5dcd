/**
 * `npm run test:emulated -- CPU WHAT [FILE…]`: tests of the executable for another machine. `WHAT` is
 *
 *     e2e      by default all of __test__/e2e, in QEMU's user mode
 *     cargo    the tests of crates/sys and crates/core, likewise, with the C library of the executables; also for this machine,
 *              which needs no emulator
 *     vm       by default all of __test__/vm, on Debian's kernel in an emulated machine; arm64 only
 *
 * In user mode the emulator is a process of this kernel: system calls are real, but clone(2) with CLONE_VM is a fork, seccomp(2) is
 * refused, and the emulator's own threads, memory and command line are those that other processes see.
 * @module
 */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildAddon, buildExecutables, flagsFor } from './build-rust.mjs';
import { machineOf } from './platforms.mjs';
import { at, isInPath, must, Problem, run, runMain } from './project.mjs';
import { endToEndFiles, TAP, TAP_FORMAT, virtualMachineFiles } from './steps.mjs';
import { requireToolchain } from './toolchain.mjs';

/** @import { Machine } from './platforms.mjs' */

/** Files of __test__/e2e that are not run, and why. */
const LEFT_OUT = {
  confinement: 'the emulator refuses seccomp(2) and has threads',
  memory: 'the memory of the emulator would be measured',
  'old-kernel': 'missing system calls would be missing for the emulator',
  'read-errors': 'the emulator makes other system calls than the program',
};

/** A unit test that is not run: the emulator leaves that field of `/proc/PID/stat` 0. */
const UNKNOWN_THERE = 'arguments_begin_with_the_name_of_the_program';

/** Of each `WHAT`: its tests, and what a test run reads as one skipped test, as the tool prints it; `vm` is not skipped. */
const SUITES = {
  e2e: { test: testFromOutside, skip: 'TAP version 14\n1..1\nok 1 - emulated # SKIP ' },
  cargo: { test: testCrates, skip: 'test emulated ... ignored, ' },
  vm: { test: testInMachines, skip: undefined },
};

/** For virtual machines: in each directory below target a release of Debian and packages of it. */
const PACKAGES = {
  // As in the machines of x86-64 on Debian 12.
  programs: 'bookworm busybox-static conmon crun runc',
  // Debian 13 has Node 20; the rest is what the tests call.
  suite: `trixie busybox-static nodejs bash bsdutils conmon coreutils crun dash findutils gawk grep hostname iproute2 mount
    perl-base procps runc sed socat strace tzdata util-linux`,
};

await runMain(async () => {
  const [cpu, what, ...files] = process.argv.slice(2);
  if (cpu === undefined || (what !== 'e2e' && what !== 'cargo' && what !== 'vm'))
    throw new Problem('usage: npm run test:emulated -- CPU e2e|cargo|vm [FILE…]');
  const [machine, { test, skip }] = [machineOf(cpu, 'cpu'), SUITES[what]];
  try {
    if (what === 'vm') await requireSystem(machine);
    await requireToolchain(machine.target);
    if (what !== 'vm' && !isOwn(machine)) await must(at('scripts', 'qemu-user.sh'), []);
  } catch (error) {
    if (!(error instanceof Problem) || skip === undefined) throw error;
    console.log(skip + error.message.split('\n', 1)[0]);
    return 0;
  }
  return (await test(machine, files)).status;
});

/** The emulator of the processor, and what runs there. @param {Machine} machine */
async function requireSystem({ cpu, debian }) {
  if (cpu !== 'arm64') throw new Problem(`no virtual machine for ${cpu}, only for arm64`);
  if (!(await isInPath('qemu-system-aarch64')))
    throw new Problem('missing packages: qemu-system-arm\napt-get install --no-install-recommends qemu-system-arm');
  await must(at('scripts', 'vm-kernel.sh'), [], { env: { ...process.env, CONMON_TEST_MACHINE: debian } });
  for (const [name, packages] of Object.entries(PACKAGES))
    await must(at('scripts', 'vm-packages.sh'), [`vm-${name}-${cpu}`, debian, ...packages.split(/\s+/)]);
}

/** @param {Machine} machine @param {readonly string[]} files */
async function testInMachines({ target, executable, release, debian }, files) {
  const native = at('dist', 'cross', release);
  await Promise.all([buildExecutables(executable, native), buildAddon(target, native)]);
  const env = { ...process.env, CONMON_TEST_MACHINE: debian };
  const chosen = files.length > 0 ? files : virtualMachineFiles();
  return run(TAP, [...TAP_FORMAT, '--timeout=3600', ...chosen], { env, live: 'all' });
}

/** @param {Machine} machine */
function isOwn({ cpu }) {
  return cpu === process.arch;
}

/** In user mode. @param {Machine} machine */
function emulatorOf({ emulator }) {
  return at('target', 'qemu-user', `qemu-${emulator}`);
}

/** @param {Machine} machine */
async function testCrates(machine) {
  const { executable } = machine;
  const runner = `CARGO_TARGET_${executable.toUpperCase().replaceAll('-', '_')}_RUNNER`;
  const env = {
    ...process.env,
    ...(isOwn(machine) ? {} : { CONMON_TEST_RUNS: '20', [runner]: emulatorOf(machine) }),
  };
  const flags = ['--target', executable, ...(await flagsFor(executable, 'executable'))];
  flags.push('--config', at('.cargo', 'static.toml'));
  const tests = ['--package', 'conmon-sys', '--package', 'conmon-core', '--lib'];
  const options = ['--', '--format', 'pretty', ...(isOwn(machine) ? [] : ['--skip', UNKNOWN_THERE])];
  return run('cargo', ['test', '--quiet', '--no-fail-fast', ...flags, ...tests, ...options], { env, live: 'all' });
}

/** @param {Machine} machine @param {readonly string[]} files */
async function testFromOutside(machine, files) {
  const { cpu, executable, release } = machine;
  const native = at('dist', 'cross', release);
  await buildExecutables(executable, native);
  const left = Object.keys(LEFT_OUT).map((name) => `__test__/e2e/${name}.test.ts`);
  const chosen = files.length > 0 ? files : endToEndFiles().filter((path) => !left.includes(path));
  const command = await wrap(emulatorOf(machine), join(native, 'conmon'), at('target', 'emulated', cpu));
  const env = { ...process.env, CONMON: command, CONMON_EMULATED: '1' };
  return run(TAP, [...TAP_FORMAT, '--timeout=300', ...chosen], { env, live: 'all' });
}

/**
 * A command that runs a program in the emulator. Both are named `conmon`, which is then the name that the kernel has for the
 * process. binfmt_misc would make it unnecessary, but is one for all containers of a machine.
 * @param {string} emulator
 * @param {string} program
 * @param {string} directory
 */
async function wrap(emulator, program, directory) {
  const [command, copy] = [join(directory, 'conmon'), join(directory, 'emulator', 'conmon')];
  await mkdir(join(directory, 'emulator'), { recursive: true });
  await copyFile(emulator, copy);
  await writeFile(command, `#!/bin/sh\nexec '${copy}' -0 "$0" '${program}' "$@"\n`, { mode: 0o755 });
  return command;
}
