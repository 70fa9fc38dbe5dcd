/** Collects what is known of one monitor. */
import { decode } from '../bytes.js';
import { type CountersResult, readCounters } from './read-counters.js';
import type { Candidate } from './candidate.js';
import { clientsOf } from './clients.js';
import { type Understood, understand } from './command-line.js';
import { containerState } from './container-state.js';
import { foreignCounters } from './foreign-counters.js';
import type { MonitorInfo } from './info.js';
import { examine } from './examine.js';
import { memoryOf } from './memory.js';
import { Places } from './places.js';
import { dateBefore, ticksNow } from './process.js';

/** A monitor, and its counters at the same time. */
export interface Described {
  readonly info: MonitorInfo;
  readonly counters: CountersResult;
}

const LATE = 'it was not examined: the time for the monitors of all other users was over';
const NO_COUNTERS: CountersResult = { unavailable: 'no counters' };

/** Undefined when it is not a monitor, or has ended meanwhile. */
export async function describe(candidate: Candidate): Promise<Described | undefined> {
  const { facts, owner, files, commandLine } = candidate;
  if (files.isOver) return unexamined(candidate);
  if (commandLine === undefined || commandLine.length === 0) return undefined;
  const places = await Places.of(facts.pid);
  const understood = understand(wordsOf(commandLine), places.cwd);
  if (understood === undefined) return undefined;
  const { plan } = understood;
  const found = await examine(candidate, plan, places);
  if (found === undefined) return undefined;
  const counters = found.program.kind === 'conmon-node' ? await countersOf(candidate, plan.cid) : NO_COUNTERS;
  const known = 'counters' in counters ? counters.counters : undefined;
  const info: MonitorInfo = {
    pid: facts.pid,
    ...{ uid: owner.uid, isForeign: !owner.isTrusted },
    ...found.program,
    ...identityOf(understood),
    ...(await containerState(candidate, found.pidfile, places.isCertain, known?.pid)),
    ...(facts.isStopped ? { state: 'stopped' } : {}),
    ...placesOf(understood, places),
    logs: found.logs,
    startedAt: await startOf(candidate),
    memory: await memoryOf(facts.pid, found.memory),
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
      state: facts.isStopped ? 'stopped' : undefined,
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
