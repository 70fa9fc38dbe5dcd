/** Waits for the end of processes that are not our children. Node has no pidfd to wait on, so `/proc` is polled. */
import { poll } from '../poll.js';
import { factsOf } from './process.js';

/** Whether there is such a process and it has not exited. */
export async function isAlive(pid: number): Promise<boolean> {
  return (await factsOf(pid))?.isAlive === true;
}

/** A process, distinguished from later ones with its pid by the ticks of its start. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly start: number;
}

/** Whether this very process has not exited. */
export async function isRunning({ pid, start }: ProcessIdentity): Promise<boolean> {
  const facts = await factsOf(pid);
  return facts?.isAlive === true && facts.start === start;
}

/**
 * Resolves with whether the process ended within the time; without a limit, when it has ended. Another process with the same pid
 * is not taken for it.
 *
 * @throws the signal's reason
 */
export async function hasEnded(pid: number, milliseconds?: number, signal?: AbortSignal): Promise<boolean> {
  let start: number | undefined;
  const probe = async (): Promise<true | undefined> => {
    const facts = await factsOf(pid);
    if (facts?.isAlive !== true || (start !== undefined && facts.start !== start)) return true;
    start = facts.start;
    return undefined;
  };
  return (await poll(probe, milliseconds, { signal })) === true;
}
