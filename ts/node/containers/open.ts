/** Finds a container that an earlier program has created, and everything that is needed to manage it. */
import { dirname, resolve } from 'node:path';
import { ContainerError } from '../errors.js';
import { readNumber } from '../foreign/number-in.js';
import { readRegular } from '../foreign/read-regular.js';
import type { MonitorInfo } from '../monitors/info.js';
import { hostIn } from '../monitors/command-line.js';
import { ownerOf } from '../monitors/owner.js';
import { factsOf } from '../monitors/process.js';
import { planOf } from '../plan.js';
import { LONGEST_COMMAND_LINE } from '../monitors/candidate.js';
import { AdoptedMonitor } from './adopted-monitor.js';
import { reportedStatus } from './exit.js';
import type { ContainerHandle } from './handle.js';
import { managerOf } from './manager.js';
import { findRecords, type KeptContainer, recordOfMonitor } from './records.js';
import { readRecord } from './record.js';
import { Runtime } from './runtime.js';
import { stateDirectoryAt } from './state-directory.js';

/** What names a container: its id, its monitor, or its directory. */
export type OpenTarget = string | MonitorInfo | { readonly directory: string };

/** @throws {@link ContainerError} */
export async function openHandle(target: OpenTarget): Promise<ContainerHandle> {
  return handleOf(await find(target));
}

async function find(target: OpenTarget): Promise<KeptContainer> {
  if (typeof target === 'string') return withId(target);
  if ('pid' in target) return ofMonitor(target);
  const directory = resolve(target.directory);
  const record = readRecord(directory);
  if (record !== undefined) return { directory, record };
  const message = `cannot open the container in ${directory}: it has no record there that can be trusted`;
  throw new ContainerError('ERR_CONMON_CONTAINER_NOT_FOUND', '', message);
}

async function withId(cid: string): Promise<KeptContainer> {
  const { kept, others } = await findRecords();
  const found = kept.find(({ record }) => record.cid === cid);
  if (found !== undefined) return found;
  const other = others.find((info) => info.cid === cid);
  if (other !== undefined) throw foreign(other);
  const message = `cannot open the container ${cid}: no monitor runs for it, and nothing is known of it`;
  throw new ContainerError('ERR_CONMON_CONTAINER_NOT_FOUND', cid, message);
}

function ofMonitor(info: MonitorInfo): KeptContainer {
  const found = recordOfMonitor(info);
  if (found === undefined) throw foreign(info);
  return found;
}

function foreign(info: MonitorInfo): ContainerError {
  const { cid, uid } = info;
  const owner = info.isForeign ? `user ${uid}` : (managerOf(info)?.name ?? 'another program');
  const message = `cannot open the container ${cid}: it is managed by ${owner}`;
  return new ContainerError('ERR_CONMON_CONTAINER_FOREIGN', cid, message);
}

function handleOf({ directory, record }: KeptContainer): ContainerHandle {
  const { options, cwd } = record;
  const plan = planOf(options, { env: {}, host: hostIn(cwd) });
  const state = stateDirectoryAt(directory, record.ownsDirectory);
  const monitorPid = readNumber(options.conmonPidfile ?? state.monitorPidfile) ?? 0;
  const runs = async (): Promise<boolean> => isMonitorOf(monitorPid, state.bundle);
  const hasEnded = async (): Promise<boolean> => {
    // The status is asked for last: then a monitor that has ended has written it.
    const over = !(await runs());
    return over || reportedStatus(plan) !== undefined;
  };
  return {
    ...{ plan, options, cwd, state, monitorPid },
    bundle: record.bundle ?? state.bundle,
    runtime: new Runtime(options.runtime ?? '', options.runtimeArg ?? []),
    monitor: new AdoptedMonitor(hasEnded, dirname(plan.exit.files.at(-1) ?? state.exits)),
    program: record.monitor,
    env: process.env,
    pid: readNumber(plan.runtime.pidfile) ?? 0,
    onStep: () => undefined,
  };
}

/** Whether this process is the monitor with this bundle, which no other has: a pid alone may belong to another process by now. */
export async function isMonitorOf(pid: number, bundle: string): Promise<boolean> {
  if (pid <= 1 || (await factsOf(pid))?.isAlive !== true) return false;
  if ((await ownerOf(pid))?.isTrusted !== true) return false;
  const words = readRegular(`/proc/${pid}/cmdline`, LONGEST_COMMAND_LINE)?.bytes.toString('utf8').split('\0');
  return words?.includes(bundle) === true;
}
