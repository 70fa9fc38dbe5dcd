/**
 * One container from its creation to its removal: what Podman does around conmon, step by step.
 */
import { rm } from 'node:fs/promises';
import type { Container } from '../../node/containers/container.js';
import { createObserved } from '../../node/containers/create.js';
import { CtlError } from '../error.js';
import { checkBundle, removeMonitorFiles, writeBundle } from './bundle.js';
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
/** How long a monitor may take to end once its container has been deleted. */
const END_MS = 10_000;

/** Resolves with the container's status as an exit status (0–255). Leaves nothing behind, whatever happens. */
export async function runContainer(request: RunRequest, context: RunContext): Promise<number> {
  const cleanup = new Cleanup();
  const interrupts = new Interrupts(context.signals);
  try {
    return await carryOut(request, context, cleanup, interrupts);
  } catch (error) {
    throw failureOf(error);
  } finally {
    const { removed, problems } = await cleanup.run();
    context.tell({ kind: 'removed', what: removed, problems });
    for (const problem of problems) context.warn(problem);
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
  const bundle = await prepareBundle(request, path, cleanup);
  const { path: runtime, reason } = request.runtime;
  const written = request.source.kind === 'command';
  context.tell({ kind: 'prepared', id: request.id, bundle, written, runtime, reason, directory: path });
  const narrator = new Narrator(context.tell, request.conmonArguments);
  const container = await create({ request, directory, bundle, env: context.env, interrupts, narrator });
  cleanup.add('the container and its monitor', () => remove(container));
  return follow({ request, context, interrupts, container, narrator });
}

async function prepareBundle(request: RunRequest, directory: string, cleanup: Cleanup): Promise<string> {
  if (request.source.kind === 'command') return writeBundle(directory, request.source.container);
  const { path } = request.source;
  await checkBundle(path, request.terminal);
  cleanup.add(`what the monitor made in ${path}`, () => removeMonitorFiles(path));
  return path;
}

interface Creation {
  readonly request: RunRequest;
  readonly directory: WorkDirectory;
  readonly bundle: string;
  readonly env: NodeJS.ProcessEnv;
  readonly interrupts: Interrupts;
  readonly narrator: Narrator;
}

async function create({ request, directory, bundle, env, interrupts, narrator }: Creation): Promise<Container> {
  const late = new CtlError(`nothing came on the sync pipe within ${CREATE_SECONDS} s`);
  const timer = setTimeout(() => interrupts.abort(late), CREATE_SECONDS * 1000);
  const options = {
    cid: request.id,
    bundle,
    runtime: request.runtime.path,
    runtimeArg: ['--root', directory.runtimeRoot],
    directory: directory.path,
    logLevel: request.logLevel,
    terminal: request.terminal,
    stdin: request.interactive,
    timeout: request.timeoutSeconds,
  };
  const observer = { onStep: narrator.onStep, extraArgs: request.conmonArguments };
  try {
    return await createObserved({ ...options, monitor: request.conmon, env, signal: interrupts.attempt }, observer);
  } finally {
    clearTimeout(timer);
  }
}

/** A monitor that does not end with its container is killed. */
async function remove(container: Container): Promise<void> {
  const signal = AbortSignal.timeout(END_MS);
  await container.delete({ signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    process.kill(container.monitorPid, 'SIGKILL');
    throw new CtlError(`the monitor ${container.monitorPid} did not end and was killed`);
  });
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
  const { tell, warn } = context;
  const { monitorPid: monitor } = container;
  const output = await showOutput(container, request, context, () => interrupts.raise('SIGTERM'));
  try {
    const before = await footprintOf(monitor);
    interrupts.attempt.throwIfAborted();
    narrator.begin();
    const starting = container.start();
    const forwarding = forwardSignals(interrupts, container, starting, request.graceSeconds, tell);
    await starting;
    const memory = (await footprintOf(monitor)) ?? before;
    if (memory !== undefined) tell({ kind: 'measured', monitor, memory });
    const { status } = await container.wait().finally(() => forwarding.stop());
    await output.finish();
    narrator.tellExit();
    if (status < 0) warn(`the container was killed after ${request.timeoutSeconds ?? '?'} s`);
    return status & 0xff;
  } catch (error) {
    await output.finish().catch(() => undefined);
    throw error;
  }
}
