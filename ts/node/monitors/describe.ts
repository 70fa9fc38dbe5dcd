/** Puts together what is known of one monitor. */
import type { LogDriver } from '../../planner/plan.js';
import { decode } from '../bytes.js';
import { readCounters } from '../read-counters.js';
import { clientsOf } from './clients.js';
import { type Understood, understand } from './command-line.js';
import type { MonitorInfo, MonitorLog, MonitorState } from './info.js';
import { memoryOf } from './memory.js';
import { bytesIn, numberIn, Places } from './places.js';
import { dateBefore, factsOf, isAlive, type ProcessFacts, textOf, ticksNow } from './process.js';
import { programOf } from './program.js';

/** Undefined when it is no monitor, or has ended meanwhile. */
export async function describe(facts: ProcessFacts): Promise<MonitorInfo | undefined> {
  const { pid } = facts;
  const program = await programOf(pid);
  const commandLine = await textOf(`/proc/${pid}/cmdline`);
  if (program === undefined || !commandLine) return undefined;
  const places = await Places.of(pid);
  const understood = understand(wordsOf(commandLine), places.cwd);
  if (understood === undefined) return undefined;
  const { kind, version } = program === 'unreadable' ? { kind: 'unknown' as const, version: undefined } : program;
  const counters = kind === 'conmon-node' ? readCounters(pid) : undefined;
  const known = counters !== undefined && 'counters' in counters ? counters.counters : undefined;
  return {
    pid,
    kind,
    version,
    ...identityOf(understood),
    ...(await containerOf(understood, places, facts, known?.pid)),
    ...placesOf(understood, places),
    logs: await Promise.all(understood.plan.logs.drivers.map((driver) => logOf(driver, places))),
    startedAt: dateBefore((await ticksNow()) - facts.start),
    memory: await memoryOf(pid),
    clients: known?.clients ?? (await clientsOf(pid)),
  };
}

/** The arguments behind the program's name. */
function wordsOf(commandLine: string): string[] {
  return commandLine
    .split('\0')
    .slice(1, -1)
    .map((word) => decode(Buffer.from(word, 'latin1')));
}

function identityOf({ given, plan }: Understood): Pick<MonitorInfo, 'cid' | 'name' | 'cuuid' | 'mode' | 'terminal'> {
  const { cid, mode, stdio } = plan;
  return { cid, name: given.strings.name, cuuid: given.strings.cuuid, mode, terminal: stdio.terminal };
}

function placesOf(
  { given, plan }: Understood,
  places: Places,
): Pick<MonitorInfo, 'bundle' | 'attachSocket' | 'control' | 'exitFiles'> {
  const { attach, controlDirectory, exit, mode } = plan;
  return {
    bundle: given.strings.bundle ?? (mode === 'exec' ? undefined : places.cwd),
    attachSocket: attach === null ? undefined : places.here(`${attach.directory}/attach`),
    control: controlDirectory === null ? undefined : places.here(`${controlDirectory}/ctl`),
    exitFiles: exit.files.map((path) => places.here(path)),
  };
}

async function containerOf(
  { plan }: Understood,
  places: Places,
  monitor: ProcessFacts,
  counted: number | undefined,
): Promise<{ readonly state: MonitorState; readonly containerPid: number | undefined }> {
  // The number in the file is that of the monitor's pid namespace, which is ours unless it runs in a container itself.
  const containerPid = counted || (await numberIn(places.here(plan.runtime.pidfile)));
  if (containerPid === undefined) return { state: 'creating', containerPid };
  const found = await factsOf(containerPid);
  if (found === undefined || !isAlive(found)) return { state: 'ended', containerPid };
  // A file of an earlier run: the pid has become another process's, or its container never went away.
  if (found.start < monitor.start) return { state: 'creating', containerPid: undefined };
  return { state: 'running', containerPid };
}

async function logOf(driver: LogDriver, places: Places): Promise<MonitorLog> {
  if ('journald' in driver) return { driver: 'journald', path: undefined, bytes: undefined };
  const [name, log] =
    'k8s-file' in driver ? (['k8s-file', driver['k8s-file']] as const) : (['json-file', driver['json-file']] as const);
  const path = places.here(log.path);
  return { driver: name, path, bytes: await bytesIn(path) };
}
