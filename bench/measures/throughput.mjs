/**
 * A container that writes as fast as it can: the monitor's throughput and its CPU time per mebibyte, with a k8s-file log
 * on tmpfs, alone and with attach clients that read everything. A byte missing in the log or at a client aborts the
 * benchmark: loss must not count as speed.
 * @module
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { Problem } from '../../scripts/project.mjs';
import { cpu, settledCpu } from '../proc.mjs';
import { inWorld, until } from '../world.mjs';

/** @import { Container, Tools, World } from '../world.mjs' */
/** @import { Measured } from '../verdict.mjs' */

const LINES = [20, 100, 1000, 8000];
const READERS = [1, 3];
const MEBIBYTE = 2 ** 20;

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function throughput(tools) {
  const size = tools.quick ? { rounds: 1, mebibytes: 16 } : { rounds: 13, mebibytes: 64 };
  const measured = [];
  for (const line of LINES) measured.push(...(await contest(tools, line, 0, size)));
  for (const readers of READERS) {
    for (const line of tools.quick ? [1000] : LINES) measured.push(...(await contest(tools, line, readers, size)));
  }
  return measured;
}

/**
 * Throughput, and its CPU time.
 * @param {Tools} tools
 * @param {number} line bytes, with the newline
 * @param {number} readers attached
 * @param {{ rounds: number, mebibytes: number }} size
 * @returns {Promise<Measured[]>}
 */
export async function contest(tools, line, readers, { rounds, mebibytes }) {
  const names = Object.keys(tools.monitors);
  const speed = Object.fromEntries(names.map((name) => [name, /** @type {number[]} */ ([])]));
  const cost = structuredClone(speed);
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      tools.progress(`throughput: ${line}-byte lines, ${readers} readers, ${name}, ${round + 1} of ${rounds}`);
      const found = await inWorld(tools, (world) => flood(world, name, line, mebibytes, readers));
      speed[name]?.push(found.bytes / MEBIBYTE / (found.nanoseconds / 1e9));
      cost[name]?.push(found.cpu / 1e6 / (found.bytes / MEBIBYTE));
    }
  }
  const what = `${line}-byte lines${readers > 0 ? `, ${readers} attached` : ''}`;
  return [
    { name: `${what}: taken in`, unit: 'MiB/s', better: 'more', kind: 'rounds', values: speed },
    { name: `${what}: CPU`, unit: 'ms/MiB', better: 'less', kind: 'rounds', values: cost },
  ];
}

/**
 * @param {World} world
 * @param {string} name of the monitor
 * @param {number} line
 * @param {number} mebibytes
 * @param {number} readers
 * @param {string} [format] of the log
 */
export async function flood(world, name, line, mebibytes, readers, format = 'k8s-file') {
  const mark = `${world.dir}/mark`;
  const words = [world.tools.harness, 'flood', String(line), String(mebibytes), mark];
  const container = await world.create(name, 'flood', words, { log: `${format}:${world.dir}/log` });
  const clients = [];
  for (let reader = 0; reader < readers; reader++) clients.push(await attach(world, container));
  const cpuBefore = cpu(container.monitor);
  await world.start(container);
  await until(() => existsSync(mark));
  const [bytes = 0, nanoseconds = 0] = readFileSync(mark, 'utf8').split(' ').map(Number);
  const spent = (await settledCpu(container.monitor)) - cpuBefore;
  await world.end(container);
  const payload = execFileSync(world.tools.harness, ['payload', `${world.dir}/log`], { encoding: 'utf8' });
  check(world, name, 'the log', Number(payload), bytes);
  for (const client of clients) check(world, name, 'a client', await client(), bytes);
  return { bytes, nanoseconds, cpu: spent };
}

/**
 * Starts an attach client; the returned function waits for its exit and returns the number of bytes received.
 * @param {World} world
 * @param {Container} container
 */
async function attach(world, container) {
  const client = spawn(world.tools.harness, ['drain', `${container.dir}/attach`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  client.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  const closed = once(client, 'close');
  await until(() => text.includes('\n'));
  return async () => {
    await closed;
    return Number(text.split('\n')[1]);
  };
}

/**
 * @param {World} world
 * @param {string} name
 * @param {string} where
 * @param {number} found
 * @param {number} expected
 */
function check(world, name, where, found, expected) {
  if (found === expected) return;
  throw new Problem(`${world.tools.monitors[name]}: ${where} got ${found} of ${expected} bytes`);
}
