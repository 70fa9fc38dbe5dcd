/**
 * Container managers, and which monitor each of them uses now.
 */
import { reasonOf } from '../error.js';
import { isExecutable } from '../../node/native/find-program.js';
import { crio } from '../setup/crio.js';
import type { Configured, ManagerConfig } from '../setup/manager.js';
import { podman } from '../setup/podman.js';
import { isSameFile } from '../setup/same-file.js';
import { brokenToml } from '../setup/toml-file.js';
import { type Finding, good, note, problem, warning } from './finding.js';
import { type Machine, versionOf } from './machine.js';
import { crictlContainers, podmanContainers, unmonitored } from './unmonitored.js';

interface Managed {
  /** As on the command line of `setup`. */
  readonly name: 'podman' | 'cri-o';
  readonly program: string;
  readonly manager: ManagerConfig;
}

/** `ours` is the absolute path of this package's monitor; undefined when it does not exist. */
export async function managerFindings(machine: Machine, ours: string | undefined): Promise<readonly Finding[]> {
  const [engine, daemon] = [machine.find('podman'), machine.find('crio')];
  const findings: Finding[] = [];
  if (engine !== undefined) {
    const manager = podman({ env: machine.env, user: machine.uid !== 0, podman: engine });
    findings.push(...(await managed({ name: 'podman', program: engine, manager }, machine, ours)));
    findings.push(...(await unmonitored('podman', () => podmanContainers(machine, engine))));
  }
  if (daemon !== undefined) {
    findings.push(...(await managed({ name: 'cri-o', program: daemon, manager: crio(daemon) }, machine, ours)));
    findings.push(...(await unmonitored('cri-o', () => crictlContainers(machine))));
  }
  if (findings.length > 0) return findings;
  return [note('manager', 'neither Podman nor CRI-O is installed', 'conmonctl run needs neither.')];
}

async function managed(of: Managed, machine: Machine, ours: string | undefined): Promise<readonly Finding[]> {
  const { name, program, manager } = of;
  const version = await versionOf(machine, program);
  const installed =
    version === undefined
      ? note(
          name,
          `${program} does not print its version`,
          'One of the next findings may be the cause; call it by hand.',
        )
      : good(name, `${program}, ${version}`);
  try {
    const broken = brokenToml(await manager.files());
    if (broken.length > 0) return [installed, ...broken.map((file) => unreadable(of, file.path, file.reason))];
    return [installed, ...(await used(of, machine, ours)), ...(await outdated(of))];
  } catch (error) {
    return [installed, problem(name, reasonOf(error), `Does ${program} work at all? Call it by hand.`)];
  }
}

function unreadable({ name, manager }: Managed, path: string, reason: string): Finding {
  return problem(name, `cannot read ${path}: ${reason}`, `${manager.title} does not work with it: correct the file.`);
}

async function used(
  { name, program, manager }: Managed,
  machine: Machine,
  ours: string | undefined,
): Promise<readonly Finding[]> {
  const gone = (await manager.configured()).filter(({ conmon }) => !isExecutable(conmon));
  const answer = await manager.ask();
  if (answer.kind !== 'uses') {
    const advice = `Does ${program} work at all? Call it by hand.`;
    return [...gone.map((each) => missing(name, manager, each)), problem(name, answer.reason, advice)];
  }
  const list = answer.usages.map(({ conmon, version }) => `${conmon}${version === undefined ? '' : ` (${version})`}`);
  const what = `uses ${[...new Set(list)].join(', ')}`;
  if (gone.length > 0) return gone.map((each) => missing(name, manager, each, what));
  const wanted = await manager.configured([manager.path]);
  const isOurs = answer.usages.every(({ conmon }) => ours !== undefined && isSameFile(conmon, ours));
  if (isOurs) return [good(name, `uses this package's monitor, ${ours}`)];
  if (!machine.exists(manager.path)) return [note(name, what, `conmonctl setup ${name} makes it use this package's.`)];
  if (answer.usages.every(({ conmon }) => wanted.some((each) => isSameFile(each.conmon, conmon)))) {
    return [good(name, `${what}, as configured in ${manager.path}`)];
  }
  return [problem(name, `${what}, although ${manager.path} names another`, await winner(manager))];
}

/** Podman then uses another monitor and prints nothing about it; CRI-O does not start. */
function missing(name: Managed['name'], { path }: ManagerConfig, { conmon, file }: Configured, what?: string): Finding {
  const text = `${conmon}, which ${file} names, does not exist or cannot be executed`;
  const advice =
    file === path
      ? `Install it there again, or conmonctl setup ${name} for this package's, or conmonctl setup ${name} --undo.`
      : `Correct ${file}, or conmonctl setup ${name}.`;
  return problem(name, what === undefined ? text : `${what}: ${text}`, advice);
}

async function winner(manager: ManagerConfig): Promise<string> {
  const rivals = await manager.rivals();
  if (rivals.length > 0) return `It is set in ${rivals.join(', ')}: remove it there.`;
  return `${manager.title} does not read the file: is another directory configured, or --conmon given in an alias?`;
}

/** The file repeats settings of other files, which may have changed. */
async function outdated({ name, manager }: Managed): Promise<readonly Finding[]> {
  const [first] = await manager.configured([manager.path]);
  const isCurrent = await manager.isCurrent();
  if (first === undefined || isCurrent) return [];
  const advice = `conmonctl setup ${name} --conmon ${first.conmon}`;
  return [warning(name, `settings have changed since ${manager.path} was written, which repeats the old ones`, advice)];
}
