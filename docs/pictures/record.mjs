/**
 * Types commands into a shell in a terminal, and gives what the terminal shows in the end.
 * @module
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import xterm from '@xterm/headless';
import { at } from '../../scripts/project.mjs';

/** @import { IBuffer } from '@xterm/headless' */

/**
 * @typedef {object} Typed
 * @property {string} line
 * @property {number} [pause] how long nobody types afterwards, in ms
 */

const COLUMNS = 106;
const ROWS = 200;
/** What each prompt begins with, then comes the status of the last command. A terminal takes it for a title: it shows nothing. */
const READY = '\u001B]0;ready ';
const PROMPT = '\\[\\e]0;ready $?\\a\\]\\[\\e[1;32m\\]$\\[\\e[0m\\] ';
const PATIENCE_MS = 20_000;
const PATH = `${at('bin')}:${process.env['PATH'] ?? ''}`;

/**
 * Fails if one of the commands does.
 *
 * @param {readonly Typed[]} commands
 * @param {string} directory where they are typed
 * @param {Record<string, string>} environment
 * @returns {Promise<IBuffer>} the screen
 */
export async function record(commands, directory, environment) {
  const shell = spawn('script', ['--quiet', '--flush', '--command', 'bash --norc --noprofile -i', '/dev/null'], {
    cwd: directory,
    env: { ...environment, PATH, HOME: directory, TERM: 'xterm-256color', PS1: PROMPT },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  shell.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => (shown += text));
  let seen = 0;
  const type = async (/** @type {string} */ line) => {
    if (line !== '') shell.stdin.write(`${line}\n`);
    seen += 1;
    await until(() => shown.split(READY).length > seen);
    const prompt = shown.lastIndexOf(READY);
    const status = Number.parseInt(shown.slice(prompt + READY.length), 10);
    if (status !== 0) throw new Error(`a command of the session failed with ${status}:\n${shown}`);
    return prompt;
  };
  await type('');
  const start = await type(`stty cols ${COLUMNS} rows ${ROWS}; bind 'set enable-bracketed-paste off'`);
  let end = start;
  for (const { line, pause } of commands) {
    end = await type(line);
    await sleep(pause ?? 0);
  }
  shell.stdin.end('exit\n');
  return screen(shown.slice(start, end));
}

/**
 * @param {string} output of a terminal
 * @returns {Promise<IBuffer>}
 */
async function screen(output) {
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  await new Promise((resolve) => terminal.write(output, () => resolve(undefined)));
  return terminal.buffer.active;
}

/** @param {() => boolean} condition */
async function until(condition) {
  const end = Date.now() + PATIENCE_MS;
  while (!condition()) {
    if (Date.now() > end) throw new Error('the shell did not come back');
    await sleep(20);
  }
}
