/** Facts about processes, from `/proc` (proc(5)). A process that is gone, or that we may not inspect, has none. */
import { closeSync, openSync, readlinkSync, readSync } from 'node:fs';
import { attempt } from '../attempt.js';

/** The kernel reports times to programs in ticks of this many a second, whatever its own clock is (USER_HZ). */
const TICKS_A_SECOND = 100;
/** Indexes of fields in `/proc/PID/stat`, counted from the state. */
const PARENT = 1;
const THREADS = 17;
const START = 19;

export interface ProcessFacts {
  readonly pid: number;
  /** Its name, cut by the kernel to 15 bytes. */
  readonly name: string;
  /**
   * Whether it has not exited. One that its parent has not reaped yet (state Z) has: the parent of a monitor is process 1, and
   * some of those take their time. Not if threads have outlived the one that it began with.
   */
  readonly isAlive: boolean;
  /** It does nothing until SIGCONT (state T), or until its debugger lets it (t). */
  readonly isStopped: boolean;
  readonly parent: number;
  /** Ticks from the start of the system to its own. */
  readonly start: number;
}

/** Undefined if the process does not exist. */
export async function factsOf(pid: number): Promise<ProcessFacts | undefined> {
  const text = await textOf(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name is in parentheses, and may contain some itself.
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const [state, parent, start] = [fields[0], fields[PARENT], fields[START]];
  return {
    pid,
    name: text.slice(text.indexOf('(') + 1, end),
    isAlive: (state !== 'Z' && state !== 'X') || Number(fields[THREADS]) > 1,
    isStopped: state === 'T' || state === 't',
    parent: Number(parent),
    start: Number(start),
  };
}

/** Now, in the ticks of {@link ProcessFacts}. */
export async function ticksNow(): Promise<number> {
  return Number.parseFloat((await textOf('/proc/uptime')) ?? '') * TICKS_A_SECOND;
}

/** The time this many ticks ago. */
export function dateBefore(ticks: number): Date {
  return new Date(Date.now() - (ticks / TICKS_A_SECOND) * 1000);
}

/** Files of `/proc` are read into it; most fit. */
const ROOM = Buffer.alloc(16_384);

/**
 * A file of `/proc` as latin1, which keeps every byte. Only for files whose reads never wait: it is read synchronously,
 * which takes a tenth of the time of a read in a thread.
 */
export async function textOf(path: string): Promise<string | undefined> {
  try {
    const fd = openSync(path, 'r');
    try {
      let text = '';
      for (let length = -1; length !== 0;) {
        length = readSync(fd, ROOM, 0, ROOM.length, null);
        text += ROOM.toString('latin1', 0, length);
      }
      return text;
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/** The target of a symbolic link in `/proc`, which is read synchronously as well. */
export async function targetOf(link: string): Promise<Buffer | undefined> {
  return attempt(() => readlinkSync(link, { encoding: 'buffer' }));
}

/** The numbers of a field `Name: 1 2 3` or `Name: 1 kB`, as `/proc/PID/status` and `smaps_rollup` have them. */
export function numbersOf(text: string | undefined, field: string): readonly number[] | undefined {
  const found = new RegExp(`^${field}:((?:\\s+\\d+)+)(?: kB)?$`, 'm').exec(text ?? '')?.[1];
  return found?.trim().split(/\s+/).map(Number);
}
