/** From options to a created container. */
import { unlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { encode } from '../bytes.js';
import { isErrno } from '../errno.js';
import { executable } from '../native/executable.js';
import { planOf } from '../plan.js';
import { Container } from './container.js';
import { type Creation, launch, type LaunchObserver } from './launch.js';
import { type BundleSource, readBundle, wantsTerminal, writeMonitorBundle } from './monitor-bundle.js';
import { monitorOptions } from './monitor-options.js';
import type { CreateOptions } from './options.js';
import { thisProcess, writeRecord } from './record.js';
import { findRuntime } from './runtime.js';
import { makeStateDirectory } from './state-directory.js';

/**
 * Creates a container under a monitor of its own. Its command is not executed before {@link Container.start}. Container and
 * monitor outlive this program, and do not keep it alive; {@link Container.open} finds them again.
 *
 * @throws {@link BundleError} when the bundle does not exist, or its `config.json` cannot be used
 * @throws {@link PlanError} for options that cannot be carried out; nothing was started
 * @throws {@link InstallationError} when the runtime is not found
 * @throws {@link RuntimeError} when the runtime could not create it; the message contains its stderr output
 * @throws {@link MonitorError} when the monitor could not be executed, or has failed
 * @throws {@link ContainerError} when another container uses the directory
 */
export async function createContainer(options: CreateOptions): Promise<Container> {
  return createFrom({ kind: 'bundle', path: options.bundle }, options, {});
}

/** What `conmonctl run` needs besides the options. */
export interface Observer extends LaunchObserver {
  /** The container is to end with this program. */
  readonly isAttended?: boolean | undefined;
  /** The directory in the options was made for the container, and is removed with it. */
  readonly ownsDirectory?: boolean | undefined;
}

/** {@link createContainer} from any source, with a caller that watches each step. */
export async function createFrom(
  source: BundleSource,
  options: Omit<CreateOptions, 'bundle'>,
  observer: Observer,
): Promise<Container> {
  options.signal?.throwIfAborted();
  const env = options.env ?? process.env;
  const runtime = findRuntime(options.runtime, env);
  const bundle = await readBundle(source);
  const terminal = options.terminal ?? wantsTerminal(bundle.config);
  const ownsDirectory = observer.ownsDirectory ?? options.directory === undefined;
  const state = await makeStateDirectory(options.directory, ownsDirectory);
  let isClaimed = false;
  try {
    const given = monitorOptions(options, runtime, terminal, state);
    const planned = planOf(given, { env });
    const program = options.monitor ?? executable((name) => env[name]);
    const creation = { options: given, plan: planned, program, env, signal: options.signal, state };
    const origin = bundle.path ?? state.bundle;
    await claim(creation, { ...observer, ownsDirectory, bundle: bundle.path });
    isClaimed = true;
    // Files of an earlier container with this id would be taken for reports of this one.
    for (const path of [...planned.exit.files, ...planned.oomFiles]) removeFile(path);
    await writeMonitorBundle(state.bundle, bundle, terminal);
    return new Container(await launch(creation, origin, observer));
  } catch (error) {
    // A directory that belongs to another container stays as it is.
    if (isClaimed || options.directory === undefined) await state.remove();
    throw error;
  }
}

/**
 * Creates a container and starts it. If that fails nothing is left of it.
 *
 * @throws what {@link createContainer} throws
 */
export async function startContainer(options: CreateOptions): Promise<Container> {
  return started(await createContainer(options));
}

/** Starts a container, and removes it when that fails. */
export async function started(container: Container): Promise<Container> {
  try {
    await container.start();
    return container;
  } catch (error) {
    await container.delete().catch(() => undefined);
    throw error;
  }
}

/** Node's rm makes several calls for a path; this makes one. */
function removeFile(path: string): void {
  try {
    unlinkSync(encode(path));
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

async function claim(
  { options, program, state }: Creation,
  {
    isAttended = false,
    ownsDirectory,
    bundle,
  }: Observer & { readonly ownsDirectory: boolean; bundle?: string | undefined },
): Promise<void> {
  await writeRecord(state.record, {
    cid: options.cid ?? '',
    creator: await thisProcess(),
    ...{ isAttended, ownsDirectory, bundle },
    ...{ monitor: resolve(program), cwd: process.cwd(), options },
  });
}
