/**
 * The rule that no linter knows: small files.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { isMain, ROOT, run } from './project.mjs';

const MOST_LINES = 400;
const SOURCE = /\.(rs|ts|mjs)$/;

/**
 * @param {string} path relative to the project
 * @param {string} text
 * @returns {string[]} what is wrong
 */
export function violations(path, text) {
  const lines = text.split('\n');
  if (lines.length - 1 <= MOST_LINES) return [];
  return [`${path}: ${lines.length - 1} lines, at most ${MOST_LINES}: split it`];
}

/** Files that git knows or would add. @returns {Promise<string[]>} */
async function sources() {
  const listed = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  return listed.stdout.split('\0').filter((path) => SOURCE.test(path));
}

async function main() {
  const found = [];
  for (const path of await sources()) {
    const text = await readFile(`${ROOT}/${path}`, 'utf8').catch(() => '');
    found.push(...violations(path, text));
  }
  for (const line of found) console.log(line);
  return found.length === 0 ? 0 : 1;
}

if (isMain(import.meta.url)) process.exitCode = await main();
