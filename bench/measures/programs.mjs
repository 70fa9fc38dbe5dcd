/**
 * The programs themselves: `--version`, the planner alone in each host, size.
 * @module
 */
import { realpathSync, statSync } from 'node:fs';
import { at } from '../../scripts/project.mjs';
import { REFUSED } from '../command-line.mjs';
import { milliseconds, spawns } from '../harness.mjs';

/** @import { Tools } from '../world.mjs' */
/** @import { Measured } from '../verdict.mjs' */

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function programs(tools) {
  tools.progress('programs');
  const rounds = tools.quick ? 30 : 400;
  const slowRounds = tools.quick ? 6 : 25;
  const { ours = '', c = '' } = tools.monitors;
  const node = at('bin', 'conmon-node');
  const refused = (/** @type {string} */ program) => [program, ...REFUSED];
  const kilobytes = (/** @type {string} */ path) => [statSync(realpathSync(path)).size / 1024];
  const words = `${REFUSED.length} words`;
  return [
    row('--version', await whole(tools, rounds, { ours: [ours, '--version'], c: [c, '--version'] }, 0)),
    row(`planner alone: ${words} refused`, await whole(tools, rounds, { ours: refused(ours), c: refused(c) }, 1)),
    row(
      'planner alone, in conmon-node: the same words',
      await whole(tools, slowRounds, { ours: refused(node), c: refused(c) }, 1),
    ),
    row('planner alone, inside a Node that runs: the same words', await planner(rounds)),
    {
      name: 'size of the executable',
      unit: 'kB',
      better: 'less',
      kind: 'exact',
      values: { ours: kilobytes(ours), c: kilobytes(c) },
    },
  ];
}

/** @param {Parameters<typeof spawns>} call */
async function whole(...call) {
  return milliseconds(await spawns(...call), 'whole');
}

/** @param {number} rounds */
async function planner(rounds) {
  const { plan } = await import(at('dist', 'planner.js'));
  const host = { cwd: () => '/', isExecutable: () => true, whyNotExecutable: () => '' };
  const values = [];
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    const text = JSON.stringify(plan(REFUSED, () => undefined, host));
    values.push(performance.now() - begun);
    if (!text.includes('k8s-file requires a filename')) throw new Error(`the planner said ${text}`);
  }
  return { ours: values };
}

/**
 * @param {string} name
 * @param {Record<string, number[]>} values
 * @returns {Measured}
 */
function row(name, values) {
  return { name, unit: 'ms', better: 'less', kind: 'rounds', values };
}
