/**
 * The platforms that there are packages for, which the finder of native files reads too, and the machines that native files are
 * built for: those, and others that have no package.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { at, Problem } from './project.mjs';

/** @typedef {(typeof PLATFORMS)[number]} Platform with the names of npm, of the compiler (`target`) and of the kernel (`machine`) */

/**
 * @typedef {object} Machine
 * @property {string} cpu what `npm run build:cross -- CPU` calls it
 * @property {string} target what the Rust compiler calls it; of the addon, where there is one
 * @property {string} executable the target of the executables, which are static and, where Rust has it, linked with musl
 * @property {string} gnu what GNU's tools call it
 * @property {string} debian what Debian calls it
 * @property {string} emulator what QEMU calls it
 * @property {string} release what release archives call it
 * @property {string | null} engine a target whose description of the engine's C types is also right for this one, whose own the
 *   engine's crate lacks
 */

const X64 = 'x86_64-unknown-linux-gnu';

/** @type {typeof import('../ts/node/platforms.json', { with: { type: 'json' } })} */
export const PLATFORMS = JSON.parse(await readFile(at('ts', 'node', 'platforms.json'), 'utf8'));

/** The machines without a package: names that differ from `cpu`. */
const OTHERS = {
  riscv64: { target: 'riscv64gc-unknown-linux-gnu', gnu: 'riscv64-linux-gnu' },
  armhf: { target: 'armv7-unknown-linux-gnueabihf', gnu: 'arm-linux-gnueabihf', emulator: 'arm' },
  ppc64le: { target: 'powerpc64le-unknown-linux-gnu', gnu: 'powerpc64le-linux-gnu', debian: 'ppc64el', engine: X64 },
  s390x: { target: 's390x-unknown-linux-gnu', gnu: 's390x-linux-gnu', engine: X64 },
};

/** @type {readonly Machine[]} */
const MACHINES = [
  ...PLATFORMS.map(({ cpu, libc, target, machine, release }) => {
    const [gnu, debian] = [`${machine}-linux-gnu`, release.replace('linux-', '')];
    const suffix = libc === 'glibc' ? '' : `-${libc}`;
    const executable = target.replace(/-gnu$/, '-musl');
    const names = { cpu: `${cpu}${suffix}`, release: `${release}${suffix}` };
    return { ...names, target, executable, gnu, debian, emulator: machine, engine: null };
  }),
  ...Object.entries(OTHERS).map(([cpu, names]) => {
    const same = { cpu, debian: cpu, emulator: cpu, release: `linux-${cpu}`, engine: null };
    return { ...same, ...names, executable: names.target };
  }),
];

/** @param {string} target @returns {Platform} */
export function platformOf(target) {
  return found(PLATFORMS, target, 'target', 'ts/node/platforms.json has');
}

/** @param {string} value @param {'target' | 'cpu'} [key] @returns {Machine} */
export function machineOf(value, key = 'target') {
  return found(MACHINES, value, key, 'known are');
}

/**
 * @template {{ readonly cpu: string, readonly target: string }} T
 * @param {readonly T[]} list
 * @param {string} value
 * @param {'target' | 'cpu'} key
 * @param {string} introduction
 */
function found(list, value, key, introduction) {
  const match = list.find((each) => each[key] === value);
  if (match !== undefined) return match;
  throw new Problem(`unknown ${key} ${value}; ${introduction} ${list.map((each) => each[key]).join(', ')}`);
}
