/**
 * Short lives: from the start of the monitor to the pid on the sync pipe, and from the container's death to its exit file.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { inWorld } from '../world.mjs';

/** @import { Tools, World } from '../world.mjs' */
/** @import { Measured } from '../measured.mjs' */

const CID = 'life-{round}';

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function lives(tools) {
  return inWorld(tools, async (world) => {
    tools.progress('short lives');
    const rounds = tools.quick ? 10 : 200;
    const dir = world.bundle('bundle', ['/bin/true']);
    const created = await stopwatch(world, {
      rounds,
      arguments: world.arguments(CID, dir, `k8s-file:${dir}/log`),
      cid: CID,
      exits: `${world.dir}/exits`,
      clean: [...world.runtime, 'delete', '--force', CID],
    });
    const exec = await execs(world, rounds);
    return [
      { name: 'start → pid, create', unit: 'ms', better: 'less', values: milliseconds(created, 'start') },
      { name: 'start → pid, exec', unit: 'ms', better: 'less', values: milliseconds(exec, 'start') },
      { name: 'end → exit file', unit: 'ms', better: 'less', values: milliseconds(created, 'end') },
    ];
  });
}

/**
 * Processes in one container that runs all the time.
 * @param {World} world
 * @param {number} rounds
 */
async function execs(world, rounds) {
  const monitor = Object.values(world.tools.monitors)[0] ?? '';
  const host = await world.create(monitor, 'host', ['/bin/sleep', '3600']);
  await world.start(host);
  const spec = `${world.dir}/process.json`;
  const process = { terminal: false, user: { uid: 0, gid: 0 }, args: ['/bin/true'], env: ['PATH=/bin'], cwd: '/' };
  writeFileSync(spec, JSON.stringify(process));
  const runtime = ['-r', world.tools.runtime, '--runtime-arg', `--root=${world.dir}/state`];
  const files = ['-p', `${world.dir}/exec-{round}.pid`, '-b', world.dir, '--full-attach', '-l', 'none'];
  const exec = ['-e', '--exec-process-spec', spec];
  const args = ['--api-version', '1', '-c', 'host', '-u', 'exec-{round}', ...runtime, ...files, ...exec];
  return stopwatch(world, { rounds, arguments: args, cid: 'host', clean: [] });
}

/**
 * @param {World} world
 * @param {object} spec as `bench/harness/src/lives.rs` reads it
 * @returns {Promise<Record<string, { start: number[], end: number[] }>>}
 */
async function stopwatch(world, spec) {
  const contenders = Object.fromEntries(Object.entries(world.tools.monitors).map(([name, path]) => [name, [path]]));
  const file = `${world.dir}/spec.json`;
  writeFileSync(file, JSON.stringify({ contenders, ...spec }));
  return JSON.parse(execFileSync(world.tools.harness, ['lives', file], { encoding: 'utf8' }));
}

/**
 * @param {Record<string, { start: number[], end: number[] }>} times in nanoseconds
 * @param {'start' | 'end'} which
 */
function milliseconds(times, which) {
  return Object.fromEntries(Object.entries(times).map(([name, of]) => [name, of[which].map((ns) => ns / 1e6)]));
}
