/**
 * Shared parts of the measures of short lives.
 * @module
 */
import { writeFileSync } from 'node:fs';

/** @import { World } from './world.mjs' */

/**
 * The monitors, as contenders of the harness.
 * @param {World} world
 */
export function contenders(world) {
  return Object.fromEntries(Object.entries(world.tools.monitors).map(([name, path]) => [name, [path]]));
}

/**
 * The harness's specification to start containers one after the other, or as many together as there are bundles, one
 * each.
 * @param {World} world
 * @param {number} [bundles]
 */
export function creation(world, bundles = 1) {
  const cid = 'life-{round}';
  for (let at = 0; at < bundles; at++) world.bundle(`bundle-${at}`, ['/bin/true']);
  const dir = `${world.dir}/bundle-${bundles > 1 ? '{at}' : '0'}`;
  return {
    contenders: contenders(world),
    arguments: world.arguments(cid, dir, `k8s-file:${dir}/log`),
    clean: [...world.runtime, 'delete', '--force', cid],
  };
}

/**
 * Creates a container for execs, outside the measurement; returns the process specification.
 * @param {World} world
 */
export async function runningHost(world) {
  const host = await world.create('c', 'host', ['/bin/sleep', '3600']);
  await world.start(host);
  const spec = `${world.dir}/process.json`;
  const process = { terminal: false, user: { uid: 0, gid: 0 }, args: ['/bin/true'], env: ['PATH=/bin'], cwd: '/' };
  writeFileSync(spec, JSON.stringify(process));
  return spec;
}

/**
 * The arguments of `podman exec`: no log; the monitor reports the pid and then the exit code.
 * @param {World} world
 * @param {string} spec
 */
export function podmanExec(world, spec) {
  const files = ['-p', `${world.dir}/exec-{round}.pid`, '-b', world.dir, '--exit-dir', `${world.dir}/exits`];
  const exec = ['-e', '--exec-attach', '--exec-process-spec', spec, '--full-attach', '-l', 'none'];
  return ['--api-version', '1', '-c', 'host', '-u', 'exec-{round}', ...world.runtimeArguments, ...files, ...exec];
}
