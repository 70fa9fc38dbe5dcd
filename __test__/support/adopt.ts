/** Starts C conmons, and has them continue as the executable. */
import { existsSync, readFileSync } from 'node:fs';
import type { Test } from 'tap';
import { adoptMonitor } from '../../ts/node/monitors/adopt.js';
import { monitors } from '../../ts/node/monitors/monitors.js';
import type { MonitorInfo } from '../../ts/node/monitors/info.js';
import { type Role, actor } from './actor.js';
import { createArguments } from './arguments.js';
import { type Launched, type LaunchOptions, launch } from './monitor.js';
import { missing, orSkip, which } from './needs.js';
import type { Scene } from './scene.js';
import { CONMON } from './target.js';
import { EXECUTABLE } from './upgrade.js';

/** The C conmon that is adopted: of any version, or as its package installs it. */
export const C_CONMON = process.env['CONMON_TEST_ADOPTED'] ?? which('conmon') ?? 'conmon';

/** Its version: what it prints is one text in its executable. */
export const C_VERSION = /conmon version (\S+)\n/.exec(read(C_CONMON))?.[1] ?? '';

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, 'latin1') : '';
}

/** Options of a test that adopts a C conmon; `tools` are what else it needs. */
export function adoptionNeeds(...tools: readonly string[]): { skip?: string } {
  if (CONMON !== EXECUTABLE) return { skip: 'the monitor under test has no part in it' };
  if (process.arch !== 'x64') return { skip: 'C conmons are adopted on x86-64 only' };
  return orSkip(missing('conmon', 'root', ...tools));
}

/** Starts a C conmon. */
export function launchC(t: Test, s: Scene, args: readonly string[], options: LaunchOptions = {}): Launched {
  return launch(t, s, args, { ...options, command: C_CONMON });
}

/** What is known of a monitor. */
export async function infoOf(pid: number): Promise<MonitorInfo> {
  const found = (await monitors()).find((monitor) => monitor.pid === pid);
  if (found === undefined) throw new Error(`process ${pid} is not a monitor`);
  return found;
}

/** Rejects with the reason when the C conmon continues. */
export async function adopt(pid: number, executable = EXECUTABLE): Promise<void> {
  await adoptMonitor(await infoOf(pid), executable);
}

/** With an exit command a monitor keeps its chance to execute programs. */
export const EXIT_COMMAND: readonly string[] = ['--exit-command', '/bin/true'];

/** Starts a C conmon with a container that runs. */
export async function startC(
  t: Test,
  s: Scene,
  role: Role,
  extra: readonly string[] = EXIT_COMMAND,
  options: LaunchOptions = {},
): Promise<Launched> {
  const runtime = actor(s, { ungated: true, ...role });
  const run = launchC(t, s, createArguments(s, runtime.path, extra), options);
  await run.started();
  return run;
}
