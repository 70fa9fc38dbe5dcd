/**
 * A host with a thousand containers: all memory of a monitor, that of the kernel included, as its memory cgroup is charged for it;
 * and what ten thousand attach clients leave behind, which connect and leave while the container is silent.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpu, memory } from '../proc.mjs';
import { inWorld } from '../world.mjs';

/** @import { Tools, World } from '../world.mjs' */
/** @import { Measured } from '../verdict.mjs' */

/** Until a monitor that is idle has released what it used at the start. */
export const SETTLED = 1500;
const SLEEPER = ['/bin/sleep', '3600'];

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function dense(tools) {
  const [containers, attaches] = tools.quick ? [40, 300] : [1000, 10_000];
  /** @type {Record<string, Record<string, number[]>>} */
  const found = { memory: {}, descriptors: {}, growth: {} };
  for (const name of Object.keys(tools.monitors)) {
    tools.progress(`dense: ${containers} containers, ${name}`);
    const charged = await inWorld(tools, (world) => allMemory(world, name, containers));
    if (charged !== undefined) set(found, 'memory', name, charged);
    tools.progress(`dense: ${attaches} attaches, ${name}`);
    const { descriptors, grown } = await inWorld(tools, (world) => visits(world, name, attaches));
    set(found, 'descriptors', name, descriptors);
    set(found, 'growth', name, grown);
  }
  /** @type {(name: string, unit: string, kind: 'exact' | 'difference', values: Record<string, number[]>) => Measured} */
  const row = (name, unit, kind, values) => ({
    name,
    unit,
    better: 'less',
    kind,
    even: kind === 'exact' ? 0.03 : 8,
    values,
  });
  return [
    ...('ours' in (found['memory'] ?? {})
      ? [row(`${containers} idle containers: all memory of each monitor`, 'kB', 'exact', found['memory'] ?? {})]
      : []),
    row(`after ${attaches} attaches to a silent container: descriptors`, '', 'exact', found['descriptors'] ?? {}),
    row(`growth: ${attaches} attaches to a silent container`, 'kB', 'difference', found['growth'] ?? {}),
  ];
}

/**
 * @param {Record<string, Record<string, number[]>>} found
 * @param {string} what
 * @param {string} name
 * @param {number} value
 */
function set(found, what, name, value) {
  const of = (found[what] ??= {});
  of[name] = [value];
}

/**
 * Kilobytes of each of `count` monitors. Their containers are charged to another cgroup.
 * @param {World} world
 * @param {string} name of the monitor
 * @param {number} count
 * @returns {Promise<number | undefined>} undefined where there is no memory cgroup to create
 */
async function allMemory(world, name, count) {
  const group = memoryGroup();
  if (group === undefined) return undefined;
  const { tools } = world;
  try {
    const runtime = `${world.dir}/runtime`;
    writeFileSync(runtime, `#!/bin/sh\necho $$ > ${group.parent}/cgroup.procs\nexec ${tools.runtime} "$@"\n`);
    chmodSync(runtime, 0o755);
    world.tools = { ...tools, runtime };
    const prefix = ['/bin/sh', '-c', `echo $$ > ${group.path}/cgroup.procs; exec "$@"`, 'sh'];
    for (let at = 0; at < count; at++) await world.create(name, `dense-${at}`, SLEEPER, { prefix });
    await sleep(SETTLED);
    return Number(readFileSync(`${group.path}/${group.usage}`, 'utf8')) / 1024 / count;
  } finally {
    await world.close();
    rmdirSync(group.path);
  }
}

/** A new cgroup with a memory controller: of version 1 or 2. */
function memoryGroup() {
  const name = `conmon-bench-${process.pid}`;
  const places = [
    { parent: '/sys/fs/cgroup/memory', usage: 'memory.usage_in_bytes' },
    { parent: '/sys/fs/cgroup', usage: 'memory.current' },
  ];
  for (const { parent, usage } of places) {
    if (!existsSync(`${parent}/cgroup.procs`)) continue;
    const path = `${parent}/${name}`;
    try {
      mkdirSync(path);
      if (existsSync(`${path}/${usage}`)) return { path, parent, usage };
      rmdirSync(path);
    } catch {
      // Read-only, as in a container.
    }
  }
  return undefined;
}

/**
 * @param {World} world
 * @param {string} name of the monitor
 * @param {number} count
 */
export async function visits(world, name, count) {
  const { dir, monitor } = await world.create(name, 'visited', ['/bin/cat'], { options: ['-i', '--leave-stdin-open'] });
  const rest = async () => {
    // On a busy machine a monitor may have to wait for a processor; what it releases, it releases within this time.
    for (let [before, now] = [-1, cpu(monitor)]; now !== before; [before, now] = [now, cpu(monitor)])
      await sleep(SETTLED);
    return memory(monitor).private;
  };
  const before = await rest();
  execFileSync(world.tools.harness, ['silent-visits', `${dir}/attach`, String(count)]);
  const after = await rest();
  return { descriptors: readdirSync(`/proc/${monitor}/fd`).length, grown: after - before };
}
