/**
 * Load: two hundred containers started together, and fifty execs a second for a minute, like health checks and probes. CPU
 * time is that of all processes, the runtime included: the cost for the machine.
 * @module
 */
import { measure, milliseconds } from '../harness.mjs';
import { contenders, creation, podmanExec, runningHost } from '../parts.mjs';
import { inWorld } from '../world.mjs';

/** @import { Tools } from '../world.mjs' */
/** @import { Measured } from '../verdict.mjs' */
/** @import { Times } from '../harness.mjs' */

const CONTAINERS = 200;
const EXECS_A_SECOND = 50;

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function crowd(tools) {
  tools.progress(`${CONTAINERS} containers at once`);
  const started = await inWorld(tools, async (world) =>
    measure(world, 'crowd', { rounds: tools.quick ? 1 : 13, many: CONTAINERS, ...creation(world, CONTAINERS) }),
  );
  tools.progress(`${EXECS_A_SECOND} execs a second`);
  const paced = await inWorld(tools, async (world) => {
    const args = podmanExec(world, await runningHost(world));
    // Slices of two seconds, a minute for each monitor.
    const [rounds, many] = tools.quick ? [2, EXECS_A_SECOND / 2] : [30, 2 * EXECS_A_SECOND];
    const interval = 1000 / EXECS_A_SECOND;
    return measure(world, 'pace', { rounds, many, interval, contenders: contenders(world), arguments: args });
  });
  const containers = `${CONTAINERS} containers at once`;
  const execs = `${EXECS_A_SECOND} execs a second`;
  return [
    row(`${containers}: start → last pid`, started, 'start'),
    row(`${containers}: end → last monitor gone`, started, 'end'),
    row(`${containers}: CPU of all`, started, 'cpu'),
    row(`${execs}: start → exit code`, paced, 'latency'),
    row(`${execs}: CPU of each`, paced, 'cpu'),
  ];
}

/**
 * @param {string} name
 * @param {Times} times
 * @param {string} what
 * @returns {Measured}
 */
function row(name, times, what) {
  return { name, unit: 'ms', better: 'less', kind: 'rounds', values: milliseconds(times, what) };
}
