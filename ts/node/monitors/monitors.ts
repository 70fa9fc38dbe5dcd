/** Finds the monitors on this host. */
import { readdir } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { GUARDIAN_NAME } from '../../planner/constants.js';
import { type Files, ForeignFiles, TRUSTED } from '../foreign/files.js';
import { present } from '../foreign/read-regular.js';
import { type Candidate, LONGEST_COMMAND_LINE } from './candidate.js';
import { describe, type Described } from './describe.js';
import type { MonitorInfo } from './info.js';
import { executableFile } from './program.js';
import { type Owner, ownerOf } from './owner.js';
import { factsOf, type ProcessFacts } from './process.js';

/** The name of the process, ours and C's. */
const NAME = 'conmon';
/** How long examining the monitors of all other users may take in total. */
const FOREIGN_MS = 100;

/**
 * The monitors on this host, this project's and C conmon's, in the order of their start: those of containers and those of
 * exec sessions in them (`mode` is `exec`). Reads `/proc` and files that monitors name; no monitor is disturbed.
 *
 * Every user sees all of them, unless `/proc` is mounted with `hidepid`. What takes the right to inspect a process is undefined
 * for other users' monitors. A monitor inside a Node process (`monitor`) is not among them.
 *
 * Any process may call itself a monitor. Only `uid` is certain for one that belongs neither to root nor to the caller. Such
 * processes get 100 ms in total; those that were not examined by then have a `problem`.
 */
export async function monitors(): Promise<readonly MonitorInfo[]> {
  return (await describeMonitors()).map(({ info }) => info);
}

/** The same with the counters of each. */
export async function describeMonitors(): Promise<readonly Described[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await factsOfAll(pids);
  const named = all.filter((facts) => facts.name === NAME && facts.isAlive);
  const found = (await Promise.all(named.map(withOwner))).filter((each) => each !== undefined);
  const [trusted, others] = [
    found.filter(({ owner }) => owner.isTrusted),
    found.filter(({ owner }) => !owner.isTrusted),
  ];
  const described = await describeAll(trusted, all, () => TRUSTED);
  if (others.length > 0) described.push(...(await describeForeign(others, all)));
  return described.toSorted(
    ({ info: a }, { info: b }) => a.startedAt.getTime() - b.startedAt.getTime() || a.pid - b.pid,
  );
}

/** The number of processes that are read without a pause. */
const AT_A_TIME = 256;

async function factsOfAll(pids: readonly number[]): Promise<readonly ProcessFacts[]> {
  const found: ProcessFacts[] = [];
  for (const [index, pid] of pids.entries()) {
    const facts = await factsOf(pid);
    if (facts !== undefined) found.push(facts);
    if (index % AT_A_TIME === AT_A_TIME - 1) await setImmediate();
  }
  return found;
}

interface Owned {
  readonly facts: ProcessFacts;
  readonly owner: Owner;
}

async function withOwner(facts: ProcessFacts): Promise<Owned | undefined> {
  const owner = await ownerOf(facts.pid);
  return owner && { facts, owner };
}

async function describeForeign(found: readonly Owned[], all: readonly ProcessFacts[]): Promise<readonly Described[]> {
  const files = new ForeignFiles(FOREIGN_MS);
  try {
    return await describeAll(inTurns(found), all, (uid) => files.of(uid));
  } finally {
    files.end();
  }
}

/** One of each user, then the next of each: many processes of one user do not delay those of others. */
function inTurns(found: readonly Owned[]): readonly Owned[] {
  const turns = new Map<number, number>();
  const numbered = found.map((each) => {
    const turn = turns.get(each.owner.uid) ?? 0;
    turns.set(each.owner.uid, turn + 1);
    return { each, turn };
  });
  return numbered.toSorted((a, b) => a.turn - b.turn).map(({ each }) => each);
}

const NOTHING = Promise.resolve(undefined);

async function describeAll(
  found: readonly Owned[],
  all: readonly ProcessFacts[],
  filesOf: (uid: number) => Files,
): Promise<Described[]> {
  const children = childrenOf(all);
  const read = async ({ facts, owner }: Owned): Promise<Candidate> => {
    const files = filesOf(owner.uid);
    const [commandLine, executable = NOTHING] = files.findAll([
      { path: `/proc/${facts.pid}/cmdline`, limit: LONGEST_COMMAND_LINE },
      executableFile(facts.pid),
    ]);
    return {
      ...{ facts, owner, files, executable, children: children.get(facts.pid) ?? [] },
      commandLine: present(await commandLine)?.bytes,
    };
  };
  const candidates = withoutChildren(await Promise.all(found.map(read)));
  return (await Promise.all(candidates.map(describe))).filter((each) => each !== undefined);
}

function childrenOf(all: readonly ProcessFacts[]): ReadonlyMap<number, readonly ProcessFacts[]> {
  const children = new Map<number, ProcessFacts[]>();
  for (const facts of all) {
    const known = children.get(facts.parent);
    if (known === undefined) children.set(facts.parent, [facts]);
    else known.push(facts);
  }
  return children;
}

/**
 * A monitor forks before it executes another program, such as the exit command after its delay: such a child has the
 * monitor's own command line. A guardian has it too, and its child is the monitor.
 */
function withoutChildren(found: readonly Candidate[]): readonly Candidate[] {
  const monitors = found.filter(({ facts }) => facts.name !== GUARDIAN_NAME);
  const lines = new Map(monitors.map(({ facts, commandLine }) => [facts.pid, commandLine]));
  return monitors.filter(({ facts, commandLine }) => {
    const parents = lines.get(facts.parent);
    return commandLine === undefined || parents === undefined || !commandLine.equals(parents);
  });
}
