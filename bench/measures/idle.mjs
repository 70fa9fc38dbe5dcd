/**
 * The cost of a monitor while its container is idle: memory of one and of twenty, wake-ups, CPU.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { activity, memory } from '../proc.mjs';
import { inWorld } from '../world.mjs';

/** @import { Container, Tools, World } from '../world.mjs' */
/** @import { Measured } from '../verdict.mjs' */
/** @typedef {Record<string, Container[]>} Containers of each monitor */

const MANY = 20;
/** The proportional share depends on other processes: a difference below this counts as even. */
const SHARED = 0.1;
/** Longer than a monitor waits until it gives back the memory of a busy time. */
const RESTING = 1500;
/** On a machine that is busy with something else. */
const PATIENCE = 60_000;

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function idle(tools) {
  return inWorld(tools, async (world) => {
    for (const monitor of Object.values(tools.monitors)) rereadLater(monitor);
    /** @type {Containers} */
    const containers = Object.fromEntries(Object.keys(tools.monitors).map((name) => [name, []]));
    tools.progress('idle: one container each');
    await fill(world, containers, 1);
    await untilResting(containers);
    const one = ofEach(containers, memory);
    tools.progress(`idle: ${MANY} containers each`);
    await fill(world, containers, MANY);
    await untilResting(containers);
    const many = ofEach(containers, memory);
    const seconds = tools.quick ? 3 : 15;
    const before = ofEach(containers, activity);
    await sleep(seconds * 1000);
    const after = ofEach(containers, activity);
    const during = (/** @type {'switches' | 'cpu'} */ what) =>
      Object.fromEntries(
        Object.entries(after).map(([name, list]) => [
          name,
          list.map((now, at) => now[what] - (before[name]?.[at]?.[what] ?? Number.NaN)),
        ]),
      );
    return [
      row('idle, anonymous memory', 'kB', pick(one, 'anonymous')),
      row('idle, private dirty memory', 'kB', pick(one, 'private')),
      row('idle, PSS of one monitor', 'kB', pick(one, 'pss'), SHARED),
      row(`idle, anonymous memory of each of ${MANY} monitors`, 'kB', pick(many, 'anonymous')),
      row(`idle, private dirty memory of each of ${MANY} monitors`, 'kB', pick(many, 'private')),
      row(`idle, PSS of each of ${MANY} monitors`, 'kB', pick(many, 'pss'), SHARED),
      row(`idle, wake-ups in ${seconds} s`, '', during('switches')),
      row(`idle, CPU in ${seconds} s`, 'ns', during('cpu')),
    ];
  });
}

/**
 * Drops an executable from the page cache, as after a boot. The pages of a file just written count as dirty until they are
 * synced, and the kernel caches it in larger pieces than a file that it has read, which it maps whole.
 * @param {string} path
 */
function rereadLater(path) {
  execFileSync('sync', [path]);
  execFileSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none']);
}

/**
 * Starts containers until every monitor has `count`.
 * @param {World} world
 * @param {Containers} containers
 * @param {number} count
 */
async function fill(world, containers, count) {
  for (const [name, list] of Object.entries(containers)) {
    while (list.length < count) {
      const container = await world.create(name, `idle-${name}-${list.length}`, ['/bin/sleep', '3600']);
      await world.start(container);
      list.push(container);
    }
  }
}

/**
 * Waits until no monitor has run for a while.
 * @param {Containers} containers
 */
async function untilResting(containers) {
  const end = performance.now() + PATIENCE;
  const seen = () => JSON.stringify(ofEach(containers, (pid) => activity(pid).switches));
  let [before, now] = ['', seen()];
  while (now !== before && performance.now() < end) {
    await sleep(RESTING);
    [before, now] = [now, seen()];
  }
}

/**
 * @template T
 * @param {Containers} containers
 * @param {(pid: number) => T} look
 * @returns {Record<string, T[]>}
 */
function ofEach(containers, look) {
  return Object.fromEntries(
    Object.entries(containers).map(([name, list]) => [name, list.map(({ monitor }) => look(monitor))]),
  );
}

/**
 * @template {string} K
 * @param {Record<string, Record<K, number>[]>} looks
 * @param {K} what
 */
function pick(looks, what) {
  return Object.fromEntries(Object.entries(looks).map(([name, list]) => [name, list.map((look) => look[what])]));
}

/**
 * @param {string} name
 * @param {string} unit
 * @param {Record<string, number[]>} values
 * @param {number} [even]
 * @returns {Measured}
 */
function row(name, unit, values, even = 0.03) {
  return { name, unit, better: 'less', kind: 'exact', even, values };
}
