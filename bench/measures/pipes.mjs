/**
 * Pages that two hundred busy containers of one unprivileged user hold in pipes. Beyond `pipe-user-pages-soft` (pipe(7))
 * every new pipe of that user has two pages.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inWorld } from '../world.mjs';

/** @import { Container, Tools, World } from '../world.mjs' */
/** @import { Measured } from '../verdict.mjs' */

const CONTAINERS = 200;
/** A user without files, processes or pipes on this machine. */
const USER = 61_234;

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function pipes(tools) {
  /** @type {Record<'most' | 'fresh', Record<string, number[]>>} */
  const found = { most: {}, fresh: {} };
  for (const name of Object.keys(tools.monitors)) {
    tools.progress(`${CONTAINERS} rootless containers, ${name}`);
    const { most, fresh } = await inWorld(tools, (world) => busy(world, name));
    found.most[name] = [most];
    found.fresh[name] = [fresh];
  }
  const busiest = `${CONTAINERS} rootless containers that all write`;
  return [
    { name: `${busiest}: pages in pipes`, unit: '', better: 'less', kind: 'exact', values: found.most },
    { name: `${busiest}: pages of a fresh pipe`, unit: '', better: 'more', kind: 'exact', values: found.fresh },
  ];
}

/**
 * The most pages at any time, and the fewest in a new pipe of the user.
 * @param {World} world
 * @param {string} name of the monitor
 */
async function busy(world, name) {
  const prefix = world.handTo(USER);
  const mebibytes = world.tools.quick ? '1' : '8';
  /** @type {Container[]} */
  const containers = [];
  for (let at = 0; at < CONTAINERS; at++) {
    const mark = `${world.dir}/mark-${at}`;
    const words = [world.tools.harness, 'flood', '100', mebibytes, mark];
    const options = ['--log-size-max', String(2 ** 20)];
    containers.push(await world.create(name, `busy-${at}`, words, { prefix, options }));
  }
  const started = Promise.all(containers.map((container) => world.start(container, prefix)));
  const isDone = () => containers.every((_, at) => existsSync(`${world.dir}/mark-${at}`));
  let [most, fresh] = [0, Number.POSITIVE_INFINITY];
  for (let last = false; ; last = isDone()) {
    const [pages, one] = await look(world, prefix, containers);
    most = Math.max(most, pages);
    fresh = Math.min(fresh, one);
    if (last) break;
    await sleep(20);
  }
  await started;
  return { most, fresh };
}

/**
 * @param {World} world
 * @param {readonly string[]} prefix
 * @param {readonly Container[]} containers
 * @returns {Promise<[number, number]>}
 */
async function look(world, prefix, containers) {
  const pids = containers.map(({ monitor }) => String(monitor));
  const [program = '', ...words] = [...prefix, world.tools.harness, 'pipes', ...pids];
  const [pages = 0, fresh = 0] = execFileSync(program, words, { encoding: 'utf8' }).split(' ').map(Number);
  return [pages, fresh];
}
