/** To whom a process belongs, from `/proc/PID/status` (proc_pid_status(5)). */
import { caller, ROOT } from '../users.js';
import { numbersOf, textOf } from './process.js';

export interface Owner {
  /** The user that the process belongs to, in our user namespace. */
  readonly uid: number;
  /** The pids of the process, from our pid namespace to its own. */
  readonly pids: readonly number[];
  /**
   * It belongs to root or to the caller, and lives in our pid namespace. A process in another one may be root there, and
   * still be the payload of a container.
   */
  readonly isTrusted: boolean;
}

/** Undefined if the process does not exist. */
export async function ownerOf(pid: number, self: number = caller()): Promise<Owner | undefined> {
  const status = await textOf(`/proc/${pid}/status`);
  const uids = numbersOf(status, 'Uid');
  if (uids === undefined) return undefined;
  // A set-user-ID program has several: the user who started it has chosen its name and its arguments.
  const stranger = uids.find((uid) => uid !== ROOT && uid !== self);
  const pids = numbersOf(status, 'NSpid') ?? [pid];
  return { uid: stranger ?? uids[0] ?? ROOT, pids, isTrusted: stranger === undefined && pids.length === 1 };
}

/** The pids of a process in all pid namespaces from ours on; undefined if it does not exist. */
export async function pidsOf(pid: number): Promise<readonly number[] | undefined> {
  return numbersOf(await textOf(`/proc/${pid}/status`), 'NSpid');
}
