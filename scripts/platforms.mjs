/**
 * The platforms that there are packages for: the finder of native files reads the same list.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { at, Problem } from './project.mjs';

/** @typedef {(typeof PLATFORMS)[number]} Platform with the names of npm, of the compiler (`target`) and of the kernel (`machine`) */

/** @type {typeof import('../ts/node/platforms.json', { with: { type: 'json' } })} */
export const PLATFORMS = JSON.parse(await readFile(at('ts', 'node', 'platforms.json'), 'utf8'));

/**
 * @param {string} value
 * @param {'target' | 'cpu'} [key]
 * @returns {Platform}
 */
export function platformOf(value, key = 'target') {
  const found = PLATFORMS.find((platform) => platform[key] === value);
  if (found !== undefined) return found;
  const known = PLATFORMS.map((platform) => platform[key]).join(', ');
  throw new Problem(`unknown ${key} ${value}; ts/node/platforms.json has ${known}`);
}
