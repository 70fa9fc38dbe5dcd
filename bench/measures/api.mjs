/**
 * Finished exec sessions of Podman's REST API, which Podman cleans up after five minutes: what is left of them until then. The run fails
 * unless Podman reports the right exit code of each. Left out where Podman is missing.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { hasPodman, Podman } from '../podman.mjs';
import { memory } from '../proc.mjs';
import { inWorld } from '../world.mjs';

/** @import { Tools, World } from '../world.mjs' */
/** @import { Measured } from '../verdict.mjs' */

const EXIT_CODE = 7;
/** Until the last monitors have ended, and buffers have been released. */
const SETTLED = 1500;

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function api(tools) {
  if (!hasPodman()) return [];
  const size = tools.quick ? { rounds: 2, batch: 4 } : { rounds: 15, batch: 20 };
  const count = size.rounds * size.batch;
  const found = await inWorld(tools, (world) => left(world, size));
  /** @type {(what: string, unit: string, pick: 'processes' | 'pss', even: number) => Measured} */
  const row = (what, unit, pick, even) => ({
    name: `${count} finished API execs of Podman: ${what}`,
    ...{ unit, better: 'less', kind: 'exact', even },
    values: Object.fromEntries(Object.entries(found).map(([name, cost]) => [name, [cost[pick]]])),
  });
  return [row('processes left', '', 'processes', 0), row('PSS kept for each', 'kB', 'pss', 0.1)];
}

/** @typedef {{ processes: number, pss: number }} Cost kilobytes of each */

/**
 * Both Podmans run at the same time, and take turns.
 * @param {World} world
 * @param {{ rounds: number, batch: number }} size
 */
async function left(world, { rounds, batch }) {
  /** @type {Contender[]} */
  const contenders = [];
  try {
    for (const name of Object.keys(world.tools.monitors)) {
      contenders.push(new Contender(name, await Podman.start(world, name)));
    }
    for (const contender of contenders) await contender.prepare();
    for (let round = 0; round < rounds; round++) {
      for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
        world.tools.progress(`execs of the API: ${contender.name}, ${round + 1} of ${rounds}`);
        await Promise.all(Array.from({ length: batch }, () => contender.exec()));
      }
    }
    await sleep(SETTLED);
    return Object.fromEntries(contenders.map((contender) => [contender.name, contender.cost()]));
  } finally {
    for (const { podman } of contenders) await podman.stop();
  }
}

/** A monitor, with one container. */
class Contender {
  #container = '';
  #before = { processes: 0, pss: 0 };
  #count = 0;

  /**
   * @param {string} name of the monitor
   * @param {Podman} podman
   */
  constructor(name, podman) {
    this.name = name;
    this.podman = podman;
  }

  /** With one exec, for which the resting monitor of the container reads pages of its executable that it keeps. */
  async prepare() {
    this.#container = this.podman.container();
    await sleep(SETTLED);
    await this.exec();
    await sleep(SETTLED);
    this.#before = this.#all();
    this.#count = 0;
  }

  /** Runs a session to its end. */
  async exec() {
    const { podman } = this;
    const command = { Cmd: ['sh', '-c', `exit ${EXIT_CODE}`], AttachStdout: true, AttachStderr: true };
    const created = await podman.call('POST', `/containers/${this.#container}/exec`, command);
    const path = `/exec/${created.body.Id}`;
    await podman.call('POST', `${path}/start`, { Detach: false });
    const { body } = await podman.call('GET', `${path}/json`);
    if (body.ExitCode !== EXIT_CODE) throw new Error(`${this.name}: ${JSON.stringify(body)}`);
    this.#count++;
  }

  /** @returns {Cost} of the execs since then */
  cost() {
    const { processes, pss } = this.#all();
    return { processes: processes - this.#before.processes, pss: (pss - this.#before.pss) / this.#count };
  }

  #all() {
    const pids = this.podman.monitors();
    return { processes: pids.length, pss: pids.reduce((sum, pid) => sum + memory(pid).pss, 0) };
  }
}
