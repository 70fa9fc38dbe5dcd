/**
 * Builds and runs the part of the benchmark that is written in Rust.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { ROOT } from '../scripts/project.mjs';
import { inWorld } from './world.mjs';

/** @import { Tools, World } from './world.mjs' */

/** Builds it without link-time optimisation, which would take long and gain nothing. */
export function buildHarness() {
  const options = { cwd: ROOT, encoding: /** @type {const} */ ('utf8') };
  const profile = ['--release', '--config', 'profile.release.lto="off"'];
  execFileSync('cargo', ['build', '--quiet', ...profile, '--package', 'bench-harness'], {
    ...options,
    stdio: 'inherit',
  });
  const metadata = execFileSync('cargo', ['metadata', '--no-deps', '--format-version', '1'], options);
  return `${JSON.parse(metadata).target_directory}/release/bench-harness`;
}

/** @typedef {Record<string, Record<string, number[]>>} Times of each contender, by what was measured; nanoseconds */

/**
 * Calls a subcommand that takes a specification.
 * @param {World} world
 * @param {'lives' | 'crowd' | 'pace' | 'spawns'} command
 * @param {object} spec as `bench/harness/src/` reads it
 * @returns {Times}
 */
export function measure(world, command, spec) {
  const file = `${world.dir}/${command}.json`;
  writeFileSync(file, JSON.stringify(spec));
  return JSON.parse(execFileSync(world.tools.harness, [command, file], { encoding: 'utf8' }));
}

/**
 * Runs whole programs in turn: `whole` is the time until they have exited, `cpu` their CPU time.
 * @param {Tools} tools
 * @param {number} rounds
 * @param {Readonly<Record<string, readonly string[]>>} contenders command lines
 * @param {number} status with which all of them must exit
 */
export async function spawns(tools, rounds, contenders, status) {
  return inWorld(tools, async (world) => measure(world, 'spawns', { rounds, contenders, status }));
}

/**
 * Selects one measure.
 * @param {Times} times
 * @param {string} what
 */
export function milliseconds(times, what) {
  const entries = Object.entries(times).map(([name, of]) => [name, (of[what] ?? []).map((ns) => ns / 1e6)]);
  return /** @type {Record<string, number[]>} */ (Object.fromEntries(entries));
}
