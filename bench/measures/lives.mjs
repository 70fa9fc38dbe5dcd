/**
 * Short lives: the time from the start of the monitor to its message on the sync pipe, for a container and for execs of
 * Podman and CRI-O, and from the container's death to its exit file.
 * @module
 */
import { measure, milliseconds } from '../harness.mjs';
import { contenders, creation, podmanExec, runningHost } from '../parts.mjs';
import { inWorld } from '../world.mjs';

/** @import { Tools, World } from '../world.mjs' */
/** @import { Measured } from '../verdict.mjs' */
/** @import { Times } from '../harness.mjs' */

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function lives(tools) {
  return inWorld(tools, async (world) => {
    const rounds = tools.quick ? 15 : 200;
    tools.progress('short lives: create');
    const creations = creation(world);
    const created = create(world, creations, rounds, 5);
    const stillborn = create(world, creations, rounds, 0);
    const spec = await runningHost(world);
    tools.progress('short lives: exec');
    const exec = measure(world, 'lives', {
      rounds,
      contenders: contenders(world),
      arguments: podmanExec(world, spec),
      success: { data: 'pid' },
      attach: true,
      clean: [],
    });
    tools.progress('short lives: exec --sync');
    const sync = crioExec(world, rounds, spec);
    return [
      row('start → pid, create', created, 'start'),
      row('start → pid, exec', exec, 'start'),
      row('start → exit code, legacy exec --sync', sync, 'start'),
      row('end → exit file', created, 'end'),
      row('end → exit file, killed as it is created', stillborn, 'end'),
    ];
  });
}

/**
 * @param {World} world
 * @param {ReturnType<typeof creation>} creations
 * @param {number} rounds
 * @param {number} rest how many milliseconds the container lives
 */
function create(world, creations, rounds, rest) {
  const exitFile = [`${world.dir}/exits`, 'life-{round}'];
  const ends = { exit_file: exitFile, rest_ms: rest };
  return measure(world, 'lives', { rounds, ...creations, success: { data: 'pid' }, ...ends });
}

/**
 * CRI-O's exec-sync, used by every probe: no fork, a log file, and the exit code as reply.
 * @param {World} world
 * @param {number} rounds
 * @param {string} spec
 */
function crioExec(world, rounds, spec) {
  const files = ['-p', `${world.dir}/sync-{round}.pid`, '-l', `${world.dir}/sync-{round}.log`];
  const exec = ['-e', '--sync', '--exec-process-spec', spec, '--socket-dir-path', world.dir];
  const args = ['-c', 'host', '-n', 'bench', ...world.runtimeArguments, ...files, ...exec];
  const success = { exit_code: 0 };
  return measure(world, 'lives', { rounds, contenders: contenders(world), arguments: args, success, clean: [] });
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
