/** Collects what is known of one monitor. */
import type { LogDriver } from '../../planner/plan.js';
import { decode } from '../bytes.js';
import { driverTarget } from '../logs/log-driver.js';
import type { CountersResult } from './counters.js';
import { readCounters } from './read-counters.js';
import type { Candidate } from './candidate.js';
import { clientsOf } from './clients.js';
import { type Understood, understand } from './command-line.js';
import { containerState } from './container-state.js';
import { foreignCounters } from './foreign-counters.js';
import type { MonitorInfo, MonitorLog } from './info.js';
import { memoryOf } from './memory.js';
import { Places } from './places.js';
import { dateBefore, ticksNow } from './process.js';
import { programOf } from './program.js';

/** A monitor, and its counters at the same time. */
export interface Described {
  readonly info: MonitorInfo;
  readonly counters: CountersResult;
}

const LATE = 'it was not examined in the time that the monitors of other users have together';
const NO_COUNTERS: CountersResult = { unavailable: 'no counters' };

/** Undefined when it is not a monitor, or has ended meanwhile. */
export async function describe(candidate: Candidate): Promise<Described | undefined> {
  const { facts, owner, files, commandLine } = candidate;
  if (files.isOver) return unexamined(candidate);
  if (commandLine === undefined || commandLine.length === 0) return undefined;
  const places = await Places.of(facts.pid);
  const understood = understand(wordsOf(commandLine), places.cwd);
  const program = understood && (await programOf(facts.pid, files));
  if (understood === undefined || program === undefined) return undefined;
  const counters = program.kind === 'conmon-node' ? await countersOf(candidate, understood.plan.cid) : NO_COUNTERS;
  const known = 'counters' in counters ? counters.counters : undefined;
  const { plan } = understood;
  const info: MonitorInfo = {
    pid: facts.pid,
    ...{ uid: owner.uid, isForeign: !owner.isTrusted },
    ...program,
    ...identityOf(understood),
    ...(await containerState(candidate, places.here(plan.runtime.pidfile), known?.pid)),
    ...placesOf(understood, places),
    logs: await Promise.all(plan.logs.drivers.map((driver) => logOf(driver, places, candidate))),
    startedAt: await startOf(candidate),
    memory: await memoryOf(facts.pid, files),
    // The table of sockets is as long as another user makes it.
    clients: known?.clients ?? (owner.isTrusted ? await clientsOf(facts.pid) : undefined),
    problem: files.isOver ? LATE : undefined,
  };
  return { info, counters };
}

function countersOf({ facts, owner, files }: Candidate, cid: string): CountersResult | Promise<CountersResult> {
  return owner.isTrusted ? readCounters(facts.pid, cid) : foreignCounters(facts.pid, cid, files);
}

/** All that is known of a process that could not be examined. */
async function unexamined(candidate: Candidate): Promise<Described> {
  const { facts, owner } = candidate;
  const info: MonitorInfo = {
    ...{ pid: facts.pid, uid: owner.uid, isForeign: true, kind: 'unknown', version: undefined, cid: '' },
    ...{
      name: undefined,
      cuuid: undefined,
      mode: 'create',
      terminal: false,
      state: 'creating',
      containerPid: undefined,
    },
    ...{ bundle: undefined, logs: [], attachSocket: undefined, control: undefined, exitFiles: [] },
    ...{ startedAt: await startOf(candidate), memory: undefined, clients: undefined, problem: LATE },
  };
  return { info, counters: NO_COUNTERS };
}

async function startOf({ facts }: Candidate): Promise<Date> {
  return dateBefore((await ticksNow()) - facts.start);
}

/** The arguments after the name of the program. */
function wordsOf(commandLine: Buffer): string[] {
  return commandLine
    .toString('latin1')
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
  const { attach, control, exit, mode } = plan;
  return {
    bundle: given.strings.bundle ?? (mode === 'exec' ? undefined : places.cwd),
    attachSocket: attach === null ? undefined : places.here(attach.socket),
    control: control === null ? undefined : places.here(control.ctl),
    exitFiles: exit.files.map((path) => places.here(path)),
  };
}

/** Of a foreign monitor only a file of its own user is examined. */
async function logOf(driver: LogDriver, places: Places, { files, owner }: Candidate): Promise<MonitorLog> {
  const target = driverTarget(driver);
  if (target.kind === 'journald') return { driver: 'journald', path: undefined, bytes: undefined };
  const path = places.here(target.path);
  const found = await files.read(path, 0, owner.isTrusted ? undefined : owner.uid);
  return { driver: target.format, path, bytes: found?.size };
}
