/** Monitors with a guardian: its pid is in the pidfile, and the monitor is its child. */
import { existsSync, readFileSync } from 'node:fs';
import type { Test } from 'tap';
import { type Role, actor } from './actor.js';
import { createArguments } from './arguments.js';
import { type Launched, launch } from './monitor.js';
import { children, cmdline, descriptors, isAlive } from './proc.js';
import type { Scene } from './scene.js';
import { until, untilExists } from './wait.js';

/** For the environment of a manager. */
export const GUARDIAN = { CONMON_GUARDIAN: '1' } as const;

/** Starts a container whose monitor has a guardian. */
export async function start(
  t: Test,
  s: Scene,
  role: Role,
  extra: readonly string[] = [],
  change: (words: string[]) => string[] = (words) => words,
): Promise<{ readonly run: Launched; readonly guardian: number }> {
  const runtime = actor(s, { ungated: true, ...role });
  const run = launch(t, s, change(createArguments(s, runtime.path, extra)), { env: GUARDIAN });
  await run.started();
  await untilExists(`${s.conmonPidfile}.rescue`);
  return { run, guardian: await run.pid() };
}

/** An exit command that leaves a line each time it runs. */
export function counted(s: Scene, then = ''): readonly string[] {
  const words = ['-c', `echo $$ >> '${s.dir}/ran'; env > '${s.dir}/environment'; ${then}`];
  return ['--exit-command', '/bin/sh', ...words.flatMap((word) => ['--exit-command-arg', word])];
}

/** After the end of the guardian. */
export async function ranOnce(t: Test, s: Scene, guardian: number): Promise<void> {
  await until('the end of the guardian', () => !isAlive(guardian));
  t.equal(readFileSync(`${s.dir}/ran`, 'utf8').trim().split('\n').length, 1, 'the exit command has run once');
  t.notMatch(readFileSync(`${s.dir}/environment`, 'utf8'), /_CONMON/);
}

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

/** The same, and waits until the next one serves: it creates its page of counters after its sockets and FIFOs. */
export async function replaceMonitor(guardian: number): Promise<number> {
  await killMonitor(guardian);
  const next = await monitorOf(guardian);
  await until('the monitor to serve', () =>
    [...descriptors(next).values()].some((target) => target.startsWith('/memfd:conmon-counters')),
  );
  return next;
}
