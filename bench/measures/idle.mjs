/**
 * What a monitor costs while its container does nothing: memory of one and of twenty, wake-ups, CPU.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inWorld } from '../world.mjs';

/** @import { Tools, Container } from '../world.mjs' */
/** @import { Measured } from '../measured.mjs' */

const MANY = 20;

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function idle(tools) {
  /** @type {Record<string, Record<string, number[]>>} */
  const by = { anonymous: {}, private: {}, pss: {}, pssOfMany: {}, wakeups: {}, cpu: {} };
  // Pages of a file that was just written count as dirty until they are on the disk.
  execFileSync('sync');
  for (const [name, monitor] of Object.entries(tools.monitors)) {
    await inWorld(tools, async (world) => {
      tools.progress(`idle: ${name}`);
      const containers = [await world.create(monitor, 'idle-0', ['/bin/sleep', '3600'])];
      for (const container of containers) await world.start(container);
      await sleep(1500);
      const alone = containers.map((container) => memory(container));
      put(
        by['anonymous'],
        name,
        alone.map((found) => found.anonymous),
      );
      put(
        by['private'],
        name,
        alone.map((found) => found.private),
      );
      put(
        by['pss'],
        name,
        alone.map((found) => found.pss),
      );
      for (let number = 1; number < MANY; number++) {
        const container = await world.create(monitor, `idle-${number}`, ['/bin/sleep', '3600']);
        await world.start(container);
        containers.push(container);
      }
      await sleep(2000);
      put(
        by['pssOfMany'],
        name,
        containers.map((container) => memory(container).pss),
      );
      const before = containers.map((container) => activity(container));
      await sleep(tools.quick ? 2000 : 10_000);
      const after = containers.map((container) => activity(container));
      put(
        by['wakeups'],
        name,
        after.map((now, at) => now.switches - (before[at]?.switches ?? 0)),
      );
      put(
        by['cpu'],
        name,
        after.map((now, at) => (now.cpu - (before[at]?.cpu ?? 0)) / 1e6),
      );
    });
  }
  const row = (/** @type {string} */ title, /** @type {string} */ key, unit = 'kB') =>
    /** @type {Measured} */ ({ name: title, unit, better: 'less', values: by[key] ?? {} });
  return [
    row('idle, anonymous memory', 'anonymous'),
    row('idle, private dirty memory', 'private'),
    row('idle, PSS of one monitor', 'pss'),
    row(`idle, PSS of each of ${MANY} monitors`, 'pssOfMany'),
    row('idle, wake-ups', 'wakeups', ''),
    row('idle, CPU', 'cpu', 'ms'),
  ];
}

/**
 * @param {Record<string, number[]> | undefined} of
 * @param {string} name
 * @param {number[]} values
 */
function put(of, name, values) {
  if (of !== undefined) of[name] = values;
}

/** @param {Container} container */
function memory(container) {
  const text = readFileSync(`/proc/${container.monitor}/smaps_rollup`, 'utf8');
  const kilobytes = (/** @type {string} */ key) => Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]);
  return { anonymous: kilobytes('Anonymous'), private: kilobytes('Private_Dirty'), pss: kilobytes('Pss') };
}

/** @param {Container} container */
function activity(container) {
  const status = readFileSync(`/proc/${container.monitor}/status`, 'utf8');
  const switches = [...status.matchAll(/ctxt_switches:\s+(\d+)/g)].reduce((sum, found) => sum + Number(found[1]), 0);
  return { switches, cpu: cpu(container.monitor) };
}

/**
 * Nanoseconds on a CPU.
 * @param {number} pid
 */
export function cpu(pid) {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);
}
