/**
 * The cost of starting through Node: `conmon-node` from its start to the container's pid, against an empty Node script.
 * @module
 */
import { at } from '../../scripts/project.mjs';
import { measure } from '../harness.mjs';
import { creation } from '../parts.mjs';
import { inWorld } from '../world.mjs';

/** @import { Tools, World } from '../world.mjs' */
/** @import { Measured } from '../verdict.mjs' */

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function node(tools) {
  return [await besideNode(tools, tools.quick ? 3 : 41, 'time')];
}

/**
 * @param {Tools} tools
 * @param {number} rounds
 * @param {'time' | 'cpu'} what time until the pid is known, or CPU time of all processes, runtime and monitor included
 * @returns {Promise<Measured>}
 */
export async function besideNode(tools, rounds, what) {
  return inWorld(tools, async (world) => {
    const life = creation(world);
    const values = { ours: /** @type {number[]} */ ([]), c: /** @type {number[]} */ ([]) };
    for (let round = 0; round < rounds; round++) {
      tools.progress(`conmon-node, ${round + 1} of ${rounds}`);
      const turns = [() => values.ours.push(started(world, life, round, what)), () => values.c.push(bare(world, what))];
      for (const turn of round % 2 === 0 ? turns : turns.toReversed()) turn();
    }
    const name = `conmon-node: ${what === 'time' ? 'start → pid, create' : 'CPU of a container'}`;
    return { name, unit: 'ms', better: 'less', kind: 'rounds', against: 'node -e 0', values };
  });
}

/**
 * @param {World} world
 * @param {ReturnType<typeof creation>} life
 * @param {number} round
 * @param {'time' | 'cpu'} what
 */
function started(world, life, round, what) {
  const numbered = (/** @type {readonly string[]} */ words) =>
    words.map((word) => word.replace('{round}', String(round)));
  const times = measure(world, 'lives', {
    rounds: 1,
    contenders: { node: [at('bin', 'conmon-node')] },
    arguments: numbered(life.arguments),
    clean: numbered(life.clean),
    success: { data: 'pid' },
    exit_file: [`${world.dir}/exits`, `life-${round}`],
  });
  return milliseconds(times['node']?.[what === 'time' ? 'start' : what]);
}

/**
 * Without the modules that the environment makes every Node preload: `conmon-node` does not load them either.
 * @param {World} world
 * @param {'time' | 'cpu'} what
 */
function bare(world, what) {
  const clean = ['-u', 'NODE_OPTIONS', '-u', 'NODE_EXTRA_CA_CERTS'];
  const contenders = { node: ['/usr/bin/env', ...clean, process.execPath, '-e', '0'] };
  const times = measure(world, 'spawns', { rounds: 1, contenders, status: 0 });
  return milliseconds(times['node']?.[what === 'time' ? 'whole' : what]);
}

/** @param {readonly number[] | undefined} nanoseconds one value */
function milliseconds([value = Number.NaN] = []) {
  return value / 1e6;
}
