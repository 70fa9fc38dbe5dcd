/**
 * From the options of `conmonctl run` to what is to be done.
 */
import { resolve } from 'node:path';
import { grantableCapabilities } from '../../node/containers/capabilities.js';
import { type ContainerDescription, defaultEnv } from '../../node/containers/oci-spec.js';
import { ROOT } from '../../node/users.js';
import { checkId, newRunId } from './container-id.js';
import { CtlError } from '../error.js';
import { conmonPath } from '../locate.js';
import type { RunRequest, Source } from './request.js';
import type { RunArguments } from './run-options.js';
import { seconds, variable } from './values.js';
import { chooseRuntime, type RuntimeContext } from '../runtimes.js';

/** What is read from the machine. */
export interface HostFacts {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly uid: number;
  readonly gid: number;
  /** Text of `/proc/self/status`. */
  readonly status: string;
  readonly runtimes: RuntimeContext;
}

const EXAMPLE = 'For example: conmonctl run --rootfs ./rootfs -- /bin/echo hello';

export function runRequest(
  options: RunArguments,
  id: string | undefined,
  command: readonly string[],
  machine: HostFacts,
): RunRequest {
  const checkedId = checkId(id ?? newRunId());
  const source = sourceOf(options, checkedId, command, machine);
  const isolates = source.kind === 'bundle' || source.container.rootfs !== undefined;
  return {
    id: checkedId,
    source,
    runtime: chooseRuntime(pathOrName(options.runtime, machine.cwd), isolates, machine.runtimes),
    conmon: conmonPath(options.conmon, machine.env),
    conmonArguments: options['conmon-arg'] ?? [],
    logLevel: options['log-level'],
    timeoutSeconds: options.timeout === undefined ? undefined : seconds('--timeout', options.timeout),
    graceSeconds: seconds('--grace', options.grace),
    interactive: options.interactive === true,
    terminal: options.terminal === true,
    detach: options.detach === true,
    logs: options.log ?? ['k8s-file'],
  };
}

function sourceOf(options: RunArguments, id: string, command: readonly string[], machine: HostFacts): Source {
  if (options.bundle !== undefined) {
    if (options.rootfs !== undefined || command.length > 0) {
      throw new CtlError('a bundle has its own root file system and command: give it, or --rootfs and a command');
    }
    return { kind: 'bundle', path: resolve(machine.cwd, options.bundle) };
  }
  if (command.length === 0) throw new CtlError('nothing to run: neither --bundle nor a command', { advice: EXAMPLE });
  return { kind: 'command', container: describeContainer(options, id, command, machine) };
}

function describeContainer(
  options: RunArguments,
  id: string,
  command: readonly string[],
  machine: HostFacts,
): ContainerDescription {
  const rootfs = options.rootfs === undefined ? undefined : resolve(machine.cwd, options.rootfs);
  const given = Object.fromEntries((options.env ?? []).map(variable));
  return {
    id,
    rootfs,
    readOnly: options['read-only'] === true,
    command,
    // A plain process runs on this machine: it inherits the environment, as a command of the shell does.
    env: {
      ...(rootfs === undefined ? defined(machine.env) : defaultEnv('conmonctl', ROOT)),
      ...term(options, machine),
      ...given,
    },
    terminal: options.terminal === true,
    cwd: options.cwd ?? (rootfs === undefined ? machine.cwd : '/'),
    user: { uid: ROOT, gid: ROOT },
    mounts: [],
    hostname: options.hostname,
    network: options.network,
    capabilities: grantableCapabilities(machine.status),
    rootless: machine.uid === ROOT ? undefined : { uid: machine.uid, gid: machine.gid },
  };
}

/** The container's terminal has the type of ours. */
function term({ terminal }: RunArguments, { env }: HostFacts): Record<string, string> {
  return terminal === true ? { TERM: env['TERM'] ?? 'xterm' } : {};
}

function defined(env: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return Object.fromEntries(entries);
}

function pathOrName(runtime: string, cwd: string): string {
  return runtime.includes('/') ? resolve(cwd, runtime) : runtime;
}
