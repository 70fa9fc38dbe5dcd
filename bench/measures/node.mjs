/**
 * What the way over Node costs: `conmon-node` from its start to the container's pid, beside a Node that does nothing.
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
  return inWorld(tools, async (world) => {
    const rounds = tools.quick ? 3 : 41;
    const life = creation(world);
    const values = { ours: /** @type {number[]} */ ([]), c: /** @type {number[]} */ ([]) };
    for (let round = 0; round < rounds; round++) {
      tools.progress(`conmon-node, ${round + 1} of ${rounds}`);
      const turns = [() => values.ours.push(started(world, life, round)), () => values.c.push(bare(world))];
      for (const turn of round % 2 === 0 ? turns : turns.toReversed()) turn();
    }
    return [
      {
        name: 'conmon-node: start → pid, create',
        unit: 'ms',
        better: 'less',
        kind: 'rounds',
        against: 'node -e 0',
        values,
      },
    ];
  });
}

/**
 * @param {World} world
 * @param {ReturnType<typeof creation>} life
 * @param {number} round
 */
function started(world, life, round) {
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
  return milliseconds(times['node']?.['start']);
}

/** @param {World} world */
function bare(world) {
  const contenders = { node: [process.execPath, '-e', '0'] };
  return milliseconds(measure(world, 'spawns', { rounds: 1, contenders, status: 0 })['node']?.['whole']);
}

/** @param {readonly number[] | undefined} nanoseconds one value */
function milliseconds([value = Number.NaN] = []) {
  return value / 1e6;
}
