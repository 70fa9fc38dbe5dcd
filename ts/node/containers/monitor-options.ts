/** From the options of a new container to those of its monitor. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { LOG_FORMATS } from '../../planner/plan.js';
import type { ConmonOptions } from '../conmon-options.js';
import type { CreateOptions } from './options.js';
import type { StateDirectory } from './state-directory.js';

/** Length of a generated id: that of Podman's. */
const ID_BYTES = 32;

/** Options with all that the library decides. */
export type MonitorOptions = ConmonOptions & { readonly runtime: string; readonly bundle: string };

/** A random id. */
export function newId(): string {
  return randomBytes(ID_BYTES).toString('hex');
}

/** `runtime` is its path. */
export function monitorOptions(
  options: Omit<CreateOptions, 'bundle'>,
  runtime: string,
  terminal: boolean,
  state: StateDirectory,
): MonitorOptions {
  const { directory: _, monitor: __, signal: ___, env: ____, ...given } = options;
  const cid = given.cid ?? newId();
  return {
    cuuid: cid,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    containerPidfile: resolve(given.containerPidfile ?? state.pidfile),
    conmonPidfile: resolve(given.conmonPidfile ?? state.monitorPidfile),
    exitDir: resolve(given.exitDir ?? state.exits),
    persistDir: resolve(given.persistDir ?? state.persist),
    logPath: (given.logPath ?? ['k8s-file']).map((log) =>
      Object.hasOwn(LOG_FORMATS, log) ? `${log}:${state.log}` : log,
    ),
    cid,
    runtime,
    terminal,
    bundle: state.bundle,
    apiVersion: true,
    fullAttach: given.socketDirPath === undefined,
  };
}
