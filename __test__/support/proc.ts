/** Facts about processes, read from /proc. Every function returns undefined or nothing for a process that has exited. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** All process ids. */
export function pids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

/** A field of /proc/PID/status, such as `Threads`. */
export function status(pid: number, field: string): string | undefined {
  const line = read(`/proc/${pid}/status`)
    ?.split('\n')
    .find((candidate) => candidate.startsWith(`${field}:`));
  return line?.slice(field.length + 1).trim();
}

/** State letter, parent, process group, session, and the clock ticks of CPU used, by proc(5). */
export interface Stat {
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly ticks: number;
}

export function stat(pid: number): Stat | undefined {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const [state = '', parent, group, session, , , , , , , , user, system] = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ');
  return {
    state,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    ticks: Number(user) + Number(system),
  };
}

/** Whether it runs: neither gone nor a zombie. */
export function isAlive(pid: number): boolean {
  const found = stat(pid);
  return found !== undefined && found.state !== 'Z' && found.state !== 'X';
}

export function cmdline(pid: number): string[] {
  return (read(`/proc/${pid}/cmdline`) ?? '').split('\0').slice(0, -1);
}

export function environ(pid: number): string {
  return read(`/proc/${pid}/environ`) ?? '';
}

export function comm(pid: number): string | undefined {
  return read(`/proc/${pid}/comm`)?.trimEnd();
}

export function oomScoreAdj(pid: number): number {
  return Number(read(`/proc/${pid}/oom_score_adj`));
}

/** The target of each open descriptor, by number. */
export function descriptors(pid: number): Map<number, string> {
  const found = new Map<number, string>();
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      found.set(Number(fd), readlinkSync(`/proc/${pid}/fd/${fd}`));
    }
  } catch {
    return found;
  }
  return found;
}

/** Children that exist, zombies too. */
export function children(pid: number): number[] {
  return pids().filter((candidate) => stat(candidate)?.parent === pid);
}

/** Voluntary and involuntary context switches so far: a sleeping process makes none. */
export function contextSwitches(pid: number): number {
  return Number(status(pid, 'voluntary_ctxt_switches')) + Number(status(pid, 'nonvoluntary_ctxt_switches'));
}
