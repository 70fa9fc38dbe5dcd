/**
 * The platforms that there are packages for, which the finder of native files reads too, and the machines that native files are
 * built for: those, and in machines.json those that have no package.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { at, Problem } from './project.mjs';

/** @typedef {(typeof PLATFORMS)[number]} Platform with the names of npm, of the compiler (`target`) and of the kernel (`machine`) */

/**
 * @typedef {object} Machine
 * @property {string} cpu what `npm run build -- CPU` calls it
 * @property {string} target what the Rust compiler calls it; of the addon, where there is one
 * @property {string} executable the target of the executables, which are static: with musl, that with glibc
 * @property {string} gnu what GNU's tools call it
 * @property {string} debian what Debian calls it
 * @property {string} emulator what QEMU calls it
 * @property {string} release what release archives call it
 * @property {string | null} engine a target whose description of the engine's C types is also right for this one, whose own the
 *   engine's crate lacks
 */

/** @type {typeof import('../ts/node/platforms.json', { with: { type: 'json' } })} */
export const PLATFORMS = JSON.parse(await readFile(at('ts', 'node', 'platforms.json'), 'utf8'));

/** @type {readonly Machine[]} */
export const MACHINES = [
  ...PLATFORMS.map(({ cpu, libc, target, machine, release }) => {
    const [gnu, debian] = [`${machine}-linux-gnu`, release.replace('linux-', '')];
    const suffix = libc === 'glibc' ? '' : `-${libc}`;
    const executable = target.replace(/-musl$/, '-gnu');
    const names = { cpu: `${cpu}${suffix}`, release: `${release}${suffix}` };
    return { ...names, target, executable, gnu, debian, emulator: machine, engine: null };
  }),
  ...JSON.parse(await readFile(at('scripts', 'machines.json'), 'utf8')).map(
    (/** @type {Omit<Machine, 'executable'>} */ each) => ({ ...each, executable: each.target }),
  ),
];

/**
 * @param {string} target
 * @returns {Platform}
 */
export function platformOf(target) {
  return found(PLATFORMS, target, 'target', 'ts/node/platforms.json has');
}

/**
 * @param {string} value
 * @param {'target' | 'cpu'} [key]
 * @returns {Machine}
 */
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
