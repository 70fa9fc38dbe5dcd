/** Facts about processes, from `/proc` (proc(5)). A process that is gone, or that we may not look into, has none. */
import { readFile, readlink } from 'node:fs/promises';

/** The kernel tells times in ticks of this many a second to programs, whatever its own clock is (USER_HZ). */
const TICKS_A_SECOND = 100;
/** Where these stand in `/proc/PID/stat`, counted from the state. */
const PARENT = 1;
const START = 19;

export interface ProcessFacts {
  readonly pid: number;
  /** Its name, cut by the kernel to 15 bytes. */
  readonly name: string;
  /** One letter: `Z` for one that has ended and was not reaped. */
  readonly state: string;
  readonly parent: number;
  /** Ticks from the start of the system to its own. */
  readonly start: number;
}

/** Undefined when there is no such process. */
export async function factsOf(pid: number): Promise<ProcessFacts | undefined> {
  const text = await textOf(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name is in parentheses, and may hold some itself.
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const [state = '', parent, start] = [fields[0], fields[PARENT], fields[START]];
  return { pid, name: text.slice(text.indexOf('(') + 1, end), state, parent: Number(parent), start: Number(start) };
}

/** Whether it has not ended. */
export function isAlive({ state }: ProcessFacts): boolean {
  return state !== 'Z' && state !== 'X';
}

/** Now, in the ticks of {@link ProcessFacts}. */
export async function ticksNow(): Promise<number> {
  return Number.parseFloat((await textOf('/proc/uptime')) ?? '') * TICKS_A_SECOND;
}

/** When something was that so many ticks have passed since. */
export function dateBefore(ticks: number): Date {
  return new Date(Date.now() - (ticks / TICKS_A_SECOND) * 1000);
}

/** A file as latin1, which keeps every byte. */
export async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'latin1').catch(() => undefined);
}

export async function targetOf(link: string): Promise<Buffer | undefined> {
  return readlink(link, { encoding: 'buffer' }).catch(() => undefined);
}
