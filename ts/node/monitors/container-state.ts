/** How far the container of a monitor has got, and its first process. */
import { numberIn } from '../foreign/number-in.js';
import { type Found, present } from '../foreign/read-regular.js';
import type { Candidate } from './candidate.js';
import { isFrozen } from './frozen.js';
import type { MonitorState } from './info.js';
import { pidsOf } from './owner.js';
import { factsOf, type ProcessFacts } from './process.js';

export interface ObservedContainer {
  readonly state: MonitorState;
  readonly containerPid: number | undefined;
}

/**
 * @param file what is where the runtime leaves the pid
 * @param isCertain whether that is known to be the right place
 * @param counted the pid in the monitor's counters; 0 or undefined when it is not known there
 */
export async function containerState(
  candidate: Candidate,
  file: Found,
  isCertain: boolean,
  counted: number | undefined,
): Promise<ObservedContainer> {
  const { owner, facts } = candidate;
  const pid = counted || numberIn(present(file));
  if (pid === undefined || !(pid > 0)) {
    // From a file that we may not read, or may look for at the wrong place, nothing follows.
    const isKnown = counted !== undefined || (file === 'absent' ? isCertain : file !== undefined);
    return { state: isKnown ? 'creating' : undefined, containerPid: undefined };
  }
  const found = owner.isTrusted ? await factsOf(pid) : await childWith(candidate, pid);
  if (found?.isAlive !== true) return { state: 'ended', containerPid: found?.pid };
  // A file of an earlier run: the pid has become another process's, or its container never went away. A container that a monitor has
  // counted may be older, if its first monitor was killed.
  if (!counted && found.start < facts.start) return { state: 'creating', containerPid: undefined };
  return { state: isFrozen(found.pid) ? 'paused' : 'running', containerPid: found.pid };
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
