/**
 * Finds processes by their command lines, and ends them.
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { hasEnded } from './proc.mjs';
import { until } from './world.mjs';

/** @import { World } from './world.mjs' */

/**
 * The path of a program in `PATH`, undefined if there is none.
 * @param {string} program
 */
export function which(program) {
  const directories = (process.env['PATH'] ?? '').split(':');
  return directories.map((directory) => `${directory}/${program}`).find((path) => existsSync(path));
}

/**
 * The processes of monitors that have the directory in their command line.
 * @param {World} world
 * @param {string} [dir]
 */
export function monitorsIn(world, dir = world.dir) {
  const programs = Object.values(world.tools.monitors);
  return processesIn(dir).filter((pid) => programs.includes(commandLine(pid)[0] ?? ''));
}

/** @param {number} pid */
export function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/**
 * Kills all processes that have the directory in their command line, and those that they start meanwhile.
 * @param {string} dir
 */
export async function killAll(dir) {
  await until(() => {
    const left = processesIn(dir);
    for (const pid of left) kill(pid);
    return left.length === 0;
  });
}

/** @param {string} dir */
function processesIn(dir) {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid && commandLine(pid).some((word) => word.includes(dir)) && !hasEnded(pid));
}

/** @param {number} pid */
function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
