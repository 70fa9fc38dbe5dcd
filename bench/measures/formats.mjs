/**
 * What a log costs beyond reading and writing: a k8s-file beside `cat`, which copies the same output into a file, and beside the loggers
 * of service supervisors where they are installed, with times and rotation; and a json-file beside a k8s-file of the same output. On tmpfs.
 * @module
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { settledCpu } from '../proc.mjs';
import { which } from '../processes.mjs';
import { inWorld, until } from '../world.mjs';
import { flood } from './throughput.mjs';

/** @import { Tools, World } from '../world.mjs' */
/** @import { Measured } from '../verdict.mjs' */

const K8S_LINES = [100, 1000, 8000];
const JSON_LINES = [20, 100, 1000];
const LOGGER_LINE = 100;
/** With the time of each line, and files of at most 16 MiB. svlogd has its limits in a file, and without one 1 MB. @type {Readonly<Record<string, readonly string[]>>} */
const LOGGERS = {
  's6-log': ['T', 'n20', 's16777215'],
  multilog: ['t', 'n20', 's16777215'],
  svlogd: ['-ttt'],
};
const ORDER = /** @type {const} */ (['ours', 'c']);

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function formats(tools) {
  const size = tools.quick ? { rounds: 1, mebibytes: 16 } : { rounds: 13, mebibytes: 64 };
  const measured = [];
  for (const line of K8S_LINES) measured.push(await besideCat(tools, line, size));
  for (const [name, words] of Object.entries(LOGGERS)) {
    if (which(name) !== undefined) measured.push(await besideLogger(tools, [name, ...words], size));
  }
  // C conmon has no json-file.
  const help = execFileSync(tools.monitors['ours'] ?? '', ['--help'], { encoding: 'utf8' });
  for (const line of help.includes('json-file') ? JSON_LINES : []) measured.push(await besideK8s(tools, line, size));
  return measured;
}

/** @typedef {{ rounds: number, mebibytes: number }} Size */

/**
 * @param {Tools} tools
 * @param {number} line bytes, with the newline
 * @param {Size} size
 */
function besideCat(tools, line, size) {
  const cat = (/** @type {World} */ world) => piping(world, ['cat'], line, size);
  const cost = { ours: logging('k8s-file', line, size), c: cat };
  return contest(tools, `k8s-file, ${line}-byte lines: CPU`, 'cat', size, cost);
}

/**
 * @param {Tools} tools
 * @param {readonly string[]} words without the directory of the logs
 * @param {Size} size
 */
function besideLogger(tools, words, size) {
  const [name = ''] = words;
  const logger = (/** @type {World} */ world) => {
    mkdirSync(`${world.dir}/logs`);
    return piping(world, [...words, `${world.dir}/logs`], LOGGER_LINE, size);
  };
  const cost = { ours: logging('k8s-file', LOGGER_LINE, size), c: logger };
  return contest(tools, `k8s-file beside ${name}, ${LOGGER_LINE}-byte lines: CPU`, name, size, cost);
}

/**
 * @param {Tools} tools
 * @param {number} line bytes, with the newline
 * @param {Size} size
 */
function besideK8s(tools, line, size) {
  const cost = { ours: logging('json-file', line, size), c: logging('k8s-file', line, size) };
  return contest(tools, `json-file, ${line}-byte lines: CPU`, 'k8s-file', size, cost);
}

/**
 * @param {Tools} tools
 * @param {string} name
 * @param {string} against
 * @param {Size} size
 * @param {Readonly<Record<'ours' | 'c', (world: World) => Promise<number>>>} cost milliseconds
 * @returns {Promise<Measured>}
 */
async function contest(tools, name, against, { rounds, mebibytes }, cost) {
  const values = { ours: /** @type {number[]} */ ([]), c: /** @type {number[]} */ ([]) };
  for (let round = 0; round < rounds; round++) {
    for (const of of round % 2 === 0 ? ORDER : ORDER.toReversed()) {
      tools.progress(`${name}, ${round + 1} of ${rounds}`);
      values[of].push((await inWorld(tools, cost[of])) / mebibytes);
    }
  }
  return { name, unit: 'ms/MiB', better: 'less', kind: 'rounds', against, values };
}

/**
 * @param {string} format
 * @param {number} line
 * @param {Size} size
 */
function logging(format, line, { mebibytes }) {
  return async (/** @type {World} */ world) => (await flood(world, 'ours', line, mebibytes, 0, format)).cpu / 1e6;
}

/**
 * @param {World} world
 * @param {readonly string[]} reader program that reads the output; what it prints goes into a file
 * @param {number} line
 * @param {Size} size
 */
async function piping(world, reader, line, { mebibytes }) {
  const mark = `${world.dir}/mark`;
  // The shell makes the pipe: Node would connect the two by a socket.
  const script = '"$1" flood "$2" "$3" "$4" | exec "${@:5}" >"$0" & echo $!; wait';
  const words = [`${world.dir}/copy`, world.tools.harness, String(line), String(mebibytes), mark, ...reader];
  const shell = spawn('bash', ['-c', script, ...words], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const closed = once(shell, 'close');
  const [pid] = await once(shell.stdout, 'data');
  await until(() => existsSync(mark));
  const spent = await settledCpu(Number(String(pid)));
  process.kill(-Number(shell.pid), 'SIGKILL');
  await closed;
  return spent / 1e6;
}
