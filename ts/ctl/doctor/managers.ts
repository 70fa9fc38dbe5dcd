/**
 * Container managers, and which monitor each of them uses now.
 */
import { realpathSync } from 'node:fs';
import { messageOf } from '../error.js';
import { crio } from '../setup/crio.js';
import type { Manager } from '../setup/manager.js';
import { podman } from '../setup/podman.js';
import { type Finding, good, note, problem, warning } from './finding.js';
import type { Machine } from './machine.js';

/** `ours` is the absolute path of this package's monitor; undefined when it is not there. */
export async function managerFindings(machine: Machine, ours: string | undefined): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const user = machine.uid !== 0;
  const program = machine.find('podman');
  if (program !== undefined) {
    const manager = podman({ env: machine.env, user, podman: program });
    findings.push(...(await managed('podman', program, manager, machine, ours)));
  }
  const daemon = machine.find('crio');
  if (daemon !== undefined) findings.push(...(await managed('cri-o', daemon, crio(daemon), machine, ours)));
  if (findings.length > 0) return findings;
  return [note('manager', 'neither Podman nor CRI-O is installed', 'conmonctl run needs none of them.')];
}

async function managed(
  name: string,
  program: string,
  manager: Manager,
  machine: Machine,
  ours: string | undefined,
): Promise<readonly Finding[]> {
  const version = (await machine.output(program, ['--version']))?.split('\n')[0];
  const installed = good(name, `${program}, ${version ?? 'without a version'}`);
  try {
    return [installed, await used(name, manager, machine, ours)];
  } catch (error) {
    return [installed, warning(name, messageOf(error), `Does ${program} work at all? Call it by hand.`)];
  }
}

async function used(name: string, manager: Manager, machine: Machine, ours: string | undefined): Promise<Finding> {
  const answer = await manager.ask();
  if (answer.kind === 'not asked') return warning(name, answer.reason, `Does ${name} work at all? Call it by hand.`);
  const others = answer.usages.filter(({ conmon }) => ours === undefined || !isSame(conmon, ours));
  const setUp = machine.exists(manager.path);
  if (others.length === 0) return good(name, `uses this package's monitor, ${ours}`);
  const list = others.map(({ conmon, version }) => `${conmon}${version === undefined ? '' : ` (${version})`}`);
  const what = `uses ${[...new Set(list)].join(', ')}`;
  if (!setUp) return note(name, what, `To have it use this package's: conmonctl setup ${name}`);
  const rivals = manager.rivals();
  const where = rivals.length === 0 ? 'Is CONTAINERS_CONF set?' : `It is set in ${rivals.join(', ')}.`;
  return problem(name, `${what}, although ${manager.path} says otherwise`, where);
}

function isSame(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return one === other;
  }
}
