/**
 * What finished exec sessions cost until they are cleaned up, with Podman's delay of five minutes for those of its REST API.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { memory } from '../proc.mjs';
import { kill, monitorsIn } from '../processes.mjs';
import { inWorld, until } from '../world.mjs';

/** @import { Tools, World } from '../world.mjs' */
/** @import { Measured } from '../verdict.mjs' */

/** Longer than the measure. */
const DELAY_SECONDS = 300;
/** Until buffers have been released. */
const SETTLED = 1500;

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function sessions(tools) {
  const count = tools.quick ? 10 : 200;
  /** @type {Record<string, Cost>} */
  const found = {};
  for (const name of Object.keys(tools.monitors)) {
    tools.progress(`${count} finished exec sessions, ${name}`);
    found[name] = await inWorld(tools, (world) => costOf(world, name, count));
  }
  const row = (/** @type {string} */ what, /** @type {string} */ unit, /** @type {keyof Cost} */ pick) => ({
    name: `${count} finished exec sessions: ${what}`,
    ...{ unit, better: /** @type {const} */ ('less'), kind: /** @type {const} */ ('exact'), even: 0.1 },
    values: Object.fromEntries(Object.entries(found).map(([name, cost]) => [name, [cost[pick]]])),
  });
  return [row('processes', '', 'processes'), row('PSS of all monitors', 'kB', 'pss')];
}

/** @typedef {{ processes: number, pss: number }} Cost of the container's monitor and the sessions */

/**
 * @param {World} world
 * @param {string} name of the monitor
 * @param {number} count
 * @returns {Promise<Cost>}
 */
async function costOf(world, name, count) {
  // Podman's containers have an exit command too.
  const options = ['--exit-command', '/bin/true'];
  const container = await world.create(name, `sessions-${name}`, ['/bin/sleep', '3600'], { options });
  await world.start(container);
  try {
    for (let at = 0; at < count; at++) await exec(world, name, container, `${container.dir}/session-${at}`);
    await sleep(SETTLED);
    const processes = monitorsIn(world);
    return { processes: processes.length, pss: processes.reduce((sum, pid) => sum + memory(pid).pss, 0) };
  } finally {
    // The container's monitor has to report its end.
    for (const pid of monitorsIn(world).filter((pid) => pid !== container.monitor)) kill(pid);
    await world.end(container);
    for (const pid of monitorsIn(world)) kill(pid);
  }
}

/**
 * Runs a session to its end; its bundle is in that of the container, as with Podman.
 * @param {World} world
 * @param {string} name of the monitor
 * @param {{ cid: string }} container
 * @param {string} bundle
 */
async function exec(world, name, { cid }, bundle) {
  for (const directory of [bundle, `${bundle}/exit`]) mkdirSync(directory);
  const process = { terminal: false, user: { uid: 0, gid: 0 }, args: ['/bin/true'], env: ['PATH=/bin'], cwd: '/' };
  writeFileSync(`${bundle}/process`, JSON.stringify(process));
  const ids = ['--api-version', '1', '-c', cid, '-u', bundle.slice(-8), '-b', bundle, '-p', `${bundle}/pid`];
  const rest = ['--exit-dir', `${bundle}/exit`, '--full-attach', '-l', 'none', '-e'];
  const spec = ['--exec-process-spec', `${bundle}/process`, '--exit-delay', String(DELAY_SECONDS)];
  const command = ['--exit-command', '/bin/true', '--exit-command-arg', bundle];
  const words = [...ids, ...world.runtimeArguments, ...rest, ...spec, ...command];
  const [status] = await once(spawn(world.tools.monitors[name] ?? '', words, { stdio: 'ignore' }), 'exit');
  if (status !== 0) throw new Error(`no exec session: status ${status}`);
  await until(() => existsSync(`${bundle}/exit/${cid}`));
}
