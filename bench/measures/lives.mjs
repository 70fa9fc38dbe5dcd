/**
 * Short lives: from the start of the monitor to its message on the sync pipe, for a container and for further processes
 * as Podman and as CRI-O start them, and from the container's death to its exit file.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { measure, milliseconds } from '../harness.mjs';
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
    const created = create(world, rounds);
    const spec = await runningHost(world);
    tools.progress('short lives: exec');
    const exec = podmanExec(world, rounds, spec);
    tools.progress('short lives: exec --sync');
    const sync = crioExec(world, rounds, spec);
    return [
      row('start → pid, create', created, 'start'),
      row('start → pid, exec', exec, 'start'),
      row('start → exit code, legacy exec --sync', sync, 'start'),
      row('end → exit file', created, 'end'),
    ];
  });
}

/**
 * @param {World} world
 * @param {number} rounds
 */
function create(world, rounds) {
  const cid = 'life-{round}';
  const dir = world.bundle('bundle', ['/bin/true']);
  return measure(world, 'lives', {
    rounds,
    contenders: contenders(world),
    arguments: world.arguments(cid, dir, `k8s-file:${dir}/log`),
    success: { data: 'pid' },
    exit_file: [`${world.dir}/exits`, cid],
    clean: [...world.runtime, 'delete', '--force', cid],
  });
}

/**
 * A container for further processes, which is no part of what is measured; gives their specification.
 * @param {World} world
 */
async function runningHost(world) {
  const host = await world.create('c', 'host', ['/bin/sleep', '3600']);
  await world.start(host);
  const spec = `${world.dir}/process.json`;
  const process = { terminal: false, user: { uid: 0, gid: 0 }, args: ['/bin/true'], env: ['PATH=/bin'], cwd: '/' };
  writeFileSync(spec, JSON.stringify(process));
  return spec;
}

/**
 * As `podman exec`: with an attach pipe, no log, the pid as answer.
 * @param {World} world
 * @param {number} rounds
 * @param {string} spec
 */
function podmanExec(world, rounds, spec) {
  const files = ['-p', `${world.dir}/exec-{round}.pid`, '-b', world.dir, '--exit-dir', `${world.dir}/exits`];
  const exec = ['-e', '--exec-attach', '--exec-process-spec', spec, '--full-attach', '-l', 'none'];
  const args = ['--api-version', '1', '-c', 'host', '-u', 'exec-{round}', ...world.runtimeArguments, ...files, ...exec];
  const success = { data: 'pid' };
  return measure(world, 'lives', {
    rounds,
    contenders: contenders(world),
    arguments: args,
    success,
    attach: true,
    clean: [],
  });
}

/**
 * As CRI-O's exec-sync, which every probe is: no fork, a log file, the exit code as answer.
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

/** @param {World} world */
function contenders(world) {
  return Object.fromEntries(Object.entries(world.tools.monitors).map(([name, path]) => [name, [path]]));
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
