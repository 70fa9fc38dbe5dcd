/** Reads the files that a monitor names, and those of its process, in few steps: for another user's each step is a thread. */
import type { LogDriver, Plan } from '../../planner/plan.js';
import { LONGEST_NUMBER } from '../foreign/number-in.js';
import { type FileBeginning, type Found, present } from '../foreign/read-regular.js';
import type { FileRequest } from '../foreign/files.js';
import type { Candidate } from './candidate.js';
import type { MonitorLog } from './info.js';
import { memoryFile } from './memory.js';
import type { Places } from './places.js';
import { type Program, programOf, programOfWhole, wholeExecutable } from './program.js';

/** What was read. */
export interface Examined {
  readonly program: Program;
  readonly memory: FileBeginning | undefined;
  readonly pidfile: Found;
  readonly logs: readonly MonitorLog[];
}

/** Undefined when the process is known to be another program. Of a foreign one only files of its own user are examined. */
export async function examine(candidate: Candidate, plan: Plan, places: Places): Promise<Examined | undefined> {
  const { facts, owner, files } = candidate;
  const known = programOf(present(await candidate.executable));
  const named = (path: string, limit: number): FileRequest => ({
    ...{ path: places.here(path), limit },
    owner: owner.isTrusted ? undefined : owner.uid,
  });
  const whole = known === undefined ? wholeExecutable(facts.pid) : [];
  const paths = plan.logs.drivers.map(pathOf);
  const answers = files.findAll([
    ...whole,
    memoryFile(facts.pid),
    named(plan.runtime.pidfile, LONGEST_NUMBER),
    ...paths.flatMap((path) => (path === undefined ? [] : [named(path, 0)])),
  ]);
  const found = await Promise.all(answers);
  const text = found.splice(0, whole.length).find((each) => present(each) !== undefined);
  const program = known ?? programOfWhole(present(text));
  const [memory, pidfile, ...sizes] = found;
  if (program === undefined) return undefined;
  const logs = plan.logs.drivers.map((driver) =>
    logOf(driver, places, 'journald' in driver ? undefined : sizes.shift()),
  );
  return { program, memory: present(memory), pidfile, logs };
}

function pathOf(driver: LogDriver): string | undefined {
  return 'journald' in driver ? undefined : driver.file.path;
}

function logOf(driver: LogDriver, places: Places, found: Found): MonitorLog {
  if ('journald' in driver) return { driver: 'journald', path: undefined, bytes: undefined };
  return { driver: driver.file.format, path: places.here(driver.file.path), bytes: present(found)?.size };
}
