/** Waits for the end of processes that are not our children. Node has no pidfd to wait on, so `/proc` is polled. */
import { poll } from '../poll.js';
import { factsOf } from './process.js';

/** Whether there is such a process and it has not exited. */
export async function isAlive(pid: number): Promise<boolean> {
  return (await factsOf(pid))?.isAlive === true;
}

/** Resolves with whether the process ended within the time; without a limit, when it has ended. */
export async function hasEnded(pid: number, milliseconds?: number): Promise<boolean> {
  const ended = await poll(async () => ((await isAlive(pid)) ? undefined : true), milliseconds);
  return ended === true;
}
