/** Monitors with a guardian: its pid is in the pidfile, and the monitor is its child. */
import { existsSync } from 'node:fs';
import { children, cmdline, comm, isAlive } from './proc.js';
import { until } from './wait.js';

/** For the environment of a manager. */
export const GUARDIAN = { CONMON_GUARDIAN: '1' } as const;
/** Name of a guardian. */
const NAME = 'conmon-guard';

/** The monitor that a guardian has now. */
export async function monitorOf(guardian: number): Promise<number> {
  const line = (pid: number): string => cmdline(pid).join('\0');
  return until('the monitor', () =>
    children(guardian).find((pid) => isAlive(pid) && line(pid) !== '' && line(pid) === line(guardian)),
  );
}

/** Kills the monitor. */
export async function killMonitor(guardian: number): Promise<void> {
  const monitor = await monitorOf(guardian);
  process.kill(monitor, 'SIGKILL');
  await until('the end of the monitor', () => !existsSync(`/proc/${monitor}`));
}

/** The same, and waits for the next one. */
export async function replaceMonitor(guardian: number): Promise<number> {
  await killMonitor(guardian);
  const next = await monitorOf(guardian);
  await until('the name of the monitor', () => comm(next) !== 'exe' && comm(next) !== NAME);
  return next;
}
