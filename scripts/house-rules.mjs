/**
 * Rules of this house that no linter knows: small files, and `unsafe` only in a module named `sys`.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { isMain, ROOT, run } from './project.mjs';

const MOST_LINES = 400;
const SOURCE = /\.(rs|ts|mjs)$/;
const UNSAFE = /\bunsafe\s*(\{|fn\b|impl\b|extern\b)/;
const IN_SYS = /(^|\/)sys(\/|\.rs$)/;

/**
 * @param {string} path relative to the project
 * @param {string} text
 * @returns {string[]} what is wrong
 */
export function violations(path, text) {
  const lines = text.split('\n');
  const found = [];
  if (lines.length - 1 > MOST_LINES) found.push(`${path}: ${lines.length - 1} lines, at most ${MOST_LINES}: split it`);
  if (path.endsWith('.rs') && !IN_SYS.test(path)) {
    for (const [index, line] of lines.entries()) {
      if (UNSAFE.test(line.replace(/\/\/.*/, ''))) found.push(`${path}:${index + 1}: unsafe outside of a sys module`);
    }
  }
  return found;
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
