/** Finds the monitors on this host. */
import { readdir, readFile } from 'node:fs/promises';
import { describe } from './describe.js';
import type { MonitorInfo } from './info.js';
import { factsOf, isAlive, type ProcessFacts } from './process.js';

/** The name of the process, ours and C's. */
const NAME = 'conmon';

/**
 * The monitors on this host, this project's and C conmon's, in the order of their start: those of containers and those of
 * further processes in them (`mode` is `exec`). Reads `/proc` only; no monitor notices it.
 *
 * Every user sees all of them, unless `/proc` is mounted with `hidepid`. Of another user's monitors what takes the right
 * to look into the process is undefined. A monitor inside a Node process (`monitor`) is not among them.
 */
export async function monitors(): Promise<readonly MonitorInfo[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = (await Promise.all(pids.map(factsOf))).filter(
    (facts): facts is ProcessFacts => facts?.name === NAME && isAlive(facts),
  );
  const described = await Promise.all((await withoutChildren(found)).map(describe));
  return described
    .filter((info) => info !== undefined)
    .toSorted((a, b) => a.startedAt.getTime() - b.startedAt.getTime() || a.pid - b.pid);
}

/**
 * A monitor forks before it executes another program, such as the exit command after its delay: such a child has the
 * monitor's own command line.
 */
async function withoutChildren(found: readonly ProcessFacts[]): Promise<readonly ProcessFacts[]> {
  const lines = new Map<number, Buffer | undefined>();
  for (const { pid } of found) lines.set(pid, await readFile(`/proc/${pid}/cmdline`).catch(() => undefined));
  return found.filter(({ pid, parent }) => {
    const [own, parents] = [lines.get(pid), lines.get(parent)];
    return own === undefined || parents === undefined || !own.equals(parents);
  });
}
