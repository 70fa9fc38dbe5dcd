/**
 * What the scripts share: where things are, how programs are run, how files are replaced, how errors are reported. Uses
 * nothing but Node's own modules.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The directory of package.json. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** @param {...string} parts a path below the project's directory */
export const at = (...parts) => join(ROOT, ...parts);

/** Whether node was started with this module. @param {string} url its `import.meta.url` */
export const isMain = (url) => url === pathToFileURL(process.argv[1] ?? '').href;

/** An error that the user can fix: reported without a stack trace. */
export class Problem extends Error {
  name = 'Problem';
}

/**
 * Runs a script's main function and turns what it throws into a message and an exit status.
 * @param {() => Promise<number>} main resolves with the exit status
 */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof Problem ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}

/**
 * @typedef {object} Options
 * @property {string} [cwd] the project's directory otherwise
 * @property {NodeJS.ProcessEnv} [env]
 * @property {'all' | 'stderr' | 'none'} [live] what goes to our own stdout and stderr instead of into the result
 */

/**
 * Runs a program, never through a shell.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Options} [options]
 * @returns {Promise<{ status: number, stdout: string, stderr: string }>} `status` is 128 + signal for a killed program, and
 *   127 for one that could not be started
 */
export async function run(command, args, { cwd = ROOT, env = process.env, live = 'none' } = {}) {
  const [out, err] = /** @type {const} */ ([live === 'all' ? 'inherit' : 'pipe', live === 'none' ? 'pipe' : 'inherit']);
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', out, err] });
  const texts = Promise.all([child.stdout, child.stderr].map((stream) => (stream === null ? '' : text(stream))));
  try {
    const [code, signal] = await once(child, 'close');
    const [stdout = '', stderr = ''] = await texts;
    return { status: code ?? 128 + constants.signals[/** @type {NodeJS.Signals} */ (signal)], stdout, stderr };
  } catch (error) {
    return { status: 127, stdout: '', stderr: `cannot start ${command}: ${error}\n` };
  }
}

/**
 * Runs a program that must succeed.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Options} [options]
 * @returns {Promise<string>} its stdout
 * @throws {Problem} with what it printed
 */
export async function must(command, args, options) {
  const { status, stdout, stderr } = await run(command, args, options);
  if (status === 0) return stdout;
  throw new Problem(`${command} ${args.join(' ')}\nfailed with status ${status}:\n${stdout}${stderr}`);
}

/**
 * @param {string} name
 * @param {string} [path] as in PATH; an administrator's directories are searched as well
 * @returns {Promise<boolean>} whether the program is installed
 */
export async function isInPath(name, path = process.env.PATH) {
  const env = { PATH: `${path}:/usr/sbin:/sbin` };
  const { status } = await run('/bin/sh', ['-c', 'command -v "$0"', name], { env });
  return status === 0;
}

/**
 * Replaces a file atomically, because the old one may be running, and only if the new one differs: a build with
 * nothing to do changes no file.
 * @param {string} path
 * @param {string | Uint8Array} content
 * @param {number} [mode]
 */
export async function writeIfChanged(path, content, mode = 0o644) {
  const bytes = Buffer.from(content);
  const found = await readFile(path).catch(() => undefined);
  if (found?.equals(bytes)) return;
  const temporary = `${path}.${process.pid}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(temporary, bytes);
    await chmod(temporary, mode);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
