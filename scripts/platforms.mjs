/**
 * The platforms that there are packages for. What the finder of native files reads, the packing reads too.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { at, Problem } from './project.mjs';

/**
 * @typedef {object} Platform
 * @property {string} os as in `process.platform`
 * @property {string} cpu as in `process.arch`
 * @property {string} libc as npm names it
 * @property {string} package
 * @property {string} target the compiler's name for it
 * @property {string} machine the kernel's name for the processor
 * @property {string} release how the file to vendor is named
 * @property {boolean} released whether the package is made with each version
 */

/** @type {readonly Platform[]} */
export const PLATFORMS = JSON.parse(await readFile(at('ts', 'node', 'platforms.json'), 'utf8'));

/**
 * @param {string} target
 * @returns {Platform}
 */
export function platformOf(target) {
  const found = PLATFORMS.find((platform) => platform.target === target);
  if (found !== undefined) return found;
  const known = PLATFORMS.map((platform) => platform.target).join(', ');
  throw new Problem(`there is no platform for the target ${target}; those in ts/node/platforms.json are: ${known}`);
}
