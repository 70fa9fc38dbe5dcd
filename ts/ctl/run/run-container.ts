/**
 * One container from its creation to its removal: what Podman does around conmon, step by step.
 */
import { rm } from 'node:fs/promises';
import type { Container } from '../../node/containers/container.js';
import { createFrom } from '../../node/containers/create.js';
import { type BundleSource, directoryAt } from '../../node/containers/monitor-bundle.js';
import { ociSpec } from '../../node/containers/oci-spec.js';
import { stateDirectoryAt } from '../../node/containers/state-directory.js';
import { CtlError } from '../error.js';
import { removeContainer } from '../containers/remove.js';
import { checkTerminal } from './check-terminal.js';
import { Cleanup } from './cleanup.js';
import { failureOf } from './failure.js';
import { footprintOf } from './footprint.js';
import { forwardSignals } from './forward-signals.js';
import { Interrupts } from './interrupts.js';
import { Narrator } from './narrator.js';
import { showOutput } from './output.js';
import type { RunRequest, RunContext } from './request.js';
import { makeWorkDirectory, type WorkDirectory } from './work-directory.js';

/** Podman gives a container this long to be created. */
const CREATE_SECONDS = 240;

/**
 * Resolves with the container's status as an exit status (0–255). Leaves nothing behind, whatever happens, except a
 * container that is to be left running, once that is started.
 */
export async function runContainer(request: RunRequest, context: RunContext): Promise<number> {
  const cleanup = new Cleanup();
  const interrupts = new Interrupts(context.signals);
  context.onOutputFailure(() => interrupts.outputFailed());
  try {
    return await carryOut(request, context, cleanup, interrupts);
  } catch (error) {
    throw failureOf(error);
  } finally {
    if (!cleanup.isCancelled) {
      const { removed, problems } = await cleanup.run();
      context.onEvent({ kind: 'removed', what: removed, problems });
      for (const problem of problems) context.warn(problem);
    }
    interrupts.close();
  }
}

async function carryOut(
  request: RunRequest,
  context: RunContext,
  cleanup: Cleanup,
  interrupts: Interrupts,
): Promise<number> {
  const directory = await makeWorkDirectory();
  const { path } = directory;
  cleanup.add(`the private directory ${path}`, () => rm(path, { recursive: true, force: true }));
  const { path: runtime, reason } = request.runtime;
  const written = request.source.kind === 'command';
  const bundle = request.source.kind === 'bundle' ? request.source.path : stateDirectoryAt(path, true).bundle;
  context.onEvent({ kind: 'prepared', id: request.id, bundle, written, runtime, reason, directory: path });
  const narrator = new Narrator(context.onEvent, request.conmonArguments);
  const source = await sourceOf(request);
  const container = await create({ request, directory, source, env: context.env, interrupts, narrator });
  cleanup.add('the container and its monitor', () => removeContainer(container));
  if (!request.detach) return follow({ request, context, interrupts, container, narrator });
  interrupts.attempt.throwIfAborted();
  await container.start();
  cleanup.cancel();
  context.printId(container.cid);
  return 0;
}

async function sourceOf({ source, terminal }: RunRequest): Promise<BundleSource> {
  if (source.kind === 'bundle') {
    await checkTerminal(source.path, terminal);
    return source;
  }
  const { rootfs } = source.container;
  const found = rootfs === undefined ? undefined : await directoryAt(rootfs, 'root file system');
  return { kind: 'config', config: ociSpec({ ...source.container, rootfs: found }) };
}

interface Creation {
  readonly request: RunRequest;
  readonly directory: WorkDirectory;
  readonly source: BundleSource;
  readonly env: NodeJS.ProcessEnv;
  readonly interrupts: Interrupts;
  readonly narrator: Narrator;
}

async function create({ request, directory, source, env, interrupts, narrator }: Creation): Promise<Container> {
  const late = new CtlError(`nothing came on the sync pipe within ${CREATE_SECONDS} s`);
  const timer = setTimeout(() => interrupts.abort(late), CREATE_SECONDS * 1000);
  const options = {
    cid: request.id,
    runtime: request.runtime.path,
    runtimeArg: ['--root', directory.runtimeRoot],
    directory: directory.path,
    logLevel: request.logLevel,
    logPath: request.logs,
    terminal: request.terminal,
    stdin: request.interactive,
    timeout: request.timeoutSeconds,
    monitor: request.conmon,
    signal: interrupts.attempt,
    env,
  };
  const observer = { onStep: narrator.onStep, extraArgs: request.conmonArguments };
  try {
    return await createFrom(source, options, { ...observer, isAttended: !request.detach, ownsDirectory: true });
  } finally {
    clearTimeout(timer);
  }
}

interface Created {
  readonly request: RunRequest;
  readonly context: RunContext;
  readonly interrupts: Interrupts;
  readonly container: Container;
  readonly narrator: Narrator;
}

/** Starts the created container and stays with it until its exit has been reported. */
async function follow({ request, context, interrupts, container, narrator }: Created): Promise<number> {
  const { onEvent, warn } = context;
  const { monitorPid: monitor } = container;
  const output = await showOutput(container, request, context, () => interrupts.outputFailed());
  try {
    const before = await footprintOf(monitor);
    interrupts.throwIfEnded();
    narrator.begin();
    const starting = container.start();
    const stopForwarding = forwardSignals(interrupts, container, starting, request.graceSeconds, onEvent);
    await starting;
    const memory = (await footprintOf(monitor)) ?? before;
    if (memory !== undefined) onEvent({ kind: 'measured', monitor, memory });
    const { status } = await container.wait().finally(stopForwarding);
    await output.finish();
    narrator.reportExit();
    if (status < 0) warn(`the container was killed after ${request.timeoutSeconds ?? '?'} s`);
    return status & 0xff;
  } catch (error) {
    await output.finish().catch(() => undefined);
    throw error;
  }
}
