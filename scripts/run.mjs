/**
 * Starts programs for the scripts: never through a shell, always with a result that says how it ended.
 * @module
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * @typedef {object} Ended
 * @property {number} status exit status; 128 + signal when killed, 127 when it could not be started
 * @property {string} stdout empty with `live`
 * @property {string} stderr empty with `live`
 * @property {number} seconds how long it took
 */

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, live?: boolean }} [options]
 *   `live` hands our own stdio through instead of collecting output
 * @returns {Promise<Ended>}
 */
export function run(command, args, options = {}) {
  const begun = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: options.live ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  return new Promise((resolve) => {
    /** @param {number} status @param {string} [problem] */
    const end = (status, problem = '') =>
      resolve({
        status,
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8') + problem,
        seconds: (performance.now() - begun) / 1000,
      });
    child.on('error', (error) => end(127, `cannot start ${command}: ${error.message}\n`));
    child.on('close', (code, signal) => end(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

/**
 * The first line a program prints, for `--version` and the like; undefined when it cannot be run.
 * @param {string} command
 * @param {readonly string[]} args
 */
export async function firstLine(command, args) {
  const { status, stdout } = await run(command, args);
  return status === 0 ? stdout.split('\n', 1)[0] : undefined;
}

/**
 * @param {import('node:stream').Readable | null} stream
 * @returns {Buffer[]} grows until the stream ends
 */
function collect(stream) {
  /** @type {Buffer[]} */
  const chunks = [];
  stream?.on('data', (chunk) => chunks.push(chunk));
  return chunks;
}
