/**
 * Instructions in user space that a start takes, which do not depend on how busy the machine is: callgrind counts them on this machine, and
 * QEMU's user mode those of the executable for arm64, which a quick run leaves out.
 *
 * Rows are left out where the tool, or what it would run, is missing: `npm run build:cross -- arm64` makes the executable,
 * `scripts/qemu-user.sh` fetches the emulator, and `npm run test:emulated -- arm64 vm` C conmon for arm64 with its libraries.
 * @module
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { at } from '../../scripts/project.mjs';
import { REFUSED } from '../command-line.mjs';

/** @import { Tools } from '../world.mjs' */
/** @import { Measured } from '../verdict.mjs' */

/** @typedef {(words: readonly string[]) => Promise<number>} Count */

const SCENES = /** @type {const} */ ([
  ['--version', ['--version']],
  [`planner alone, ${REFUSED.length} words refused`, REFUSED],
]);
const EMULATOR = at('target', 'qemu-user', 'qemu-aarch64');
/** Debian's packages for arm64, unpacked. */
const ROOT = at('target', 'vm-programs-arm64');

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function instructions(tools) {
  tools.progress('instructions of a start');
  const native = isInstalled('valgrind') ? Object.entries(tools.monitors) : [];
  return [
    ...(await rows('', Object.fromEntries(native.map(([name, path]) => [name, withCallgrind(path)])))),
    ...(tools.quick ? [] : await rows('arm64, ', emulated())),
  ];
}

/**
 * @param {string} prefix of their names
 * @param {Readonly<Record<string, Count>>} monitors
 * @returns {Promise<Measured[]>}
 */
async function rows(prefix, monitors) {
  if (!('ours' in monitors)) return [];
  const measured = [];
  for (const [name, words] of SCENES) {
    /** @type {Record<string, number[]>} */
    const values = {};
    for (const [monitor, count] of Object.entries(monitors)) values[monitor] = [(await count(words)) / 1e6];
    measured.push(
      /** @type {Measured} */ ({
        name: `${prefix}${name}: instructions`,
        unit: 'million',
        better: 'less',
        kind: 'exact',
        values,
      }),
    );
  }
  return measured;
}

/** @param {string} program */
function isInstalled(program) {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** @param {string} path of the monitor @returns {Count} */
function withCallgrind(path) {
  const options = ['--tool=callgrind', '--callgrind-out-file=/dev/null'];
  return async (words) => {
    let found = 0;
    await eachLine('valgrind', [...options, path, ...words], (line) => {
      found = Number(/Collected : (\d+)$/.exec(line)?.[1] ?? found);
    });
    if (found === 0) throw new Error('callgrind printed no count');
    return found;
  };
}

/** The monitors for arm64. @returns {Readonly<Record<string, Count>>} */
function emulated() {
  const [ours, c] = [at('dist', 'cross', 'linux-arm64', 'conmon'), `${ROOT}/usr/bin/conmon`];
  if (!existsSync(EMULATOR) || !existsSync(ours)) return {};
  return { ours: inEmulator([ours]), ...(existsSync(c) && { c: inEmulator(['-L', ROOT, c]) }) };
}

/** The emulator prints a line for each instruction. @param {readonly string[]} command @returns {Count} */
function inEmulator(command) {
  const options = ['-seed', '1', '-one-insn-per-tb', '-d', 'exec,nochain'];
  return async (words) => {
    let found = 0;
    await eachLine(EMULATOR, [...options, ...command, ...words], (line) => {
      if (line.startsWith('Trace ')) found += 1;
    });
    return found;
  };
}

/**
 * Calls `act` for each line that a command writes to stderr.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {(line: string) => void} act
 */
async function eachLine(command, args, act) {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let rest = '';
  child.stderr.setEncoding('latin1').on('data', (/** @type {string} */ text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) act(line);
  });
  await once(child, 'close');
}
