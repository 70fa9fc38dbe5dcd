/** How far the container of a monitor has got, and its first process. */
import { LONGEST_NUMBER, numberIn } from '../foreign/number-in.js';
import type { Candidate } from './candidate.js';
import type { MonitorState } from './info.js';
import { pidsOf } from './owner.js';
import { factsOf, type ProcessFacts } from './process.js';

export interface ContainerState {
  readonly state: MonitorState;
  readonly containerPid: number | undefined;
}

/**
 * @param pidfile where the runtime leaves the pid
 * @param counted the pid in the monitor's counters; 0 or undefined when it is not known there
 */
export async function containerState(
  candidate: Candidate,
  pidfile: string,
  counted: number | undefined,
): Promise<ContainerState> {
  const { files, owner, facts } = candidate;
  const pid = counted || numberIn(await files.read(pidfile, LONGEST_NUMBER, owner.isTrusted ? undefined : owner.uid));
  if (pid === undefined || !(pid > 0)) return { state: 'creating', containerPid: undefined };
  const found = owner.isTrusted ? await factsOf(pid) : await childWith(candidate, pid);
  if (found?.isAlive !== true) return { state: 'ended', containerPid: found?.pid };
  // A file of an earlier run: the pid has become another process's, or its container never went away.
  if (found.start < facts.start) return { state: 'creating', containerPid: undefined };
  return { state: 'running', containerPid: found.pid };
}

/**
 * The pid is believed only for a child of the monitor, which the first process of a container is. It is that of the monitor's
 * pid namespace: pid_namespaces(7).
 */
async function childWith({ owner, children }: Candidate, pid: number): Promise<ProcessFacts | undefined> {
  const level = owner.pids.length - 1;
  for (const child of children) {
    if ((await pidsOf(child.pid))?.[level] === pid) return child;
  }
  return undefined;
}
