/**
 * A container that writes as fast as it can: how much the monitor takes a second, and what a megabyte costs it. Into a
 * k8s-file log on tmpfs, alone and with attach clients that read everything.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inWorld, until } from '../world.mjs';
import { cpu } from './idle.mjs';

/** @import { Tools, World } from '../world.mjs' */
/** @import { Measured } from '../measured.mjs' */

const LINES = [20, 100, 1000, 8000];
const READERS = [1, 3];

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function throughput(tools) {
  const measured = [];
  for (const line of LINES) measured.push(...(await contest(tools, line, 0)));
  for (const readers of READERS) measured.push(...(await contest(tools, 1000, readers)));
  return measured;
}

/**
 * @param {Tools} tools
 * @param {number} line
 * @param {number} readers
 * @returns {Promise<Measured[]>}
 */
async function contest(tools, line, readers) {
  const [rounds, mebibytes] = tools.quick ? [1, 20] : [7, 100];
  /** @type {Record<string, number[]>} */
  const speed = {};
  /** @type {Record<string, number[]>} */
  const cost = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, monitor] of Object.entries(tools.monitors)) {
      tools.progress(`throughput: ${line}-byte lines, ${readers} readers, ${name}, ${round + 1} of ${rounds}`);
      const found = await inWorld(tools, (world) => flood(world, monitor, line, mebibytes, readers));
      (speed[name] ??= []).push(mebibytes / found.seconds);
      (cost[name] ??= []).push(found.cpu / 1e6 / mebibytes);
    }
  }
  const what = `${line}-byte lines${readers > 0 ? `, ${readers} attached` : ''}`;
  return [
    { name: `${what}: taken in`, unit: 'MiB/s', better: 'more', values: speed },
    { name: `${what}: CPU`, unit: 'ms/MiB', better: 'less', values: cost },
  ];
}

/**
 * @param {World} world
 * @param {string} monitor
 * @param {number} line
 * @param {number} mebibytes
 * @param {number} readers
 */
async function flood(world, monitor, line, mebibytes, readers) {
  const mark = `${world.dir}/mark`;
  const words = [world.tools.harness, 'flood', String(line), String(mebibytes), mark];
  const container = await world.create(monitor, 'flood', words);
  const clients = [];
  for (let reader = 0; reader < readers; reader++) {
    const client = spawn(world.tools.harness, ['drain', `${container.dir}/attach`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(client.stdout, 'data');
    client.stdout.resume();
    clients.push(client);
  }
  const [begun, cpuBefore] = [performance.now(), cpu(container.monitor)];
  await world.start(container);
  await until(() => existsSync(mark));
  const seconds = (performance.now() - begun) / 1000;
  // What is still in the pipe belongs to the work.
  await sleep(30);
  const spent = cpu(container.monitor) - cpuBefore;
  const left = clients.map((client) => once(client, 'exit'));
  await world.end(container);
  await Promise.all(left);
  rmSync(`${container.dir}/log`, { force: true });
  return { seconds, cpu: spent };
}
