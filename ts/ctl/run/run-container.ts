/**
 * One container from its making to its removal: what Podman does around conmon, in the open.
 */
import { checkBundle, removeMonitorFiles, writeBundle } from './bundle.js';
import { Cleanup } from './cleanup.js';
import { Container } from './container.js';
import { parseExitStatus, waitForExitFile } from './exit-file.js';
import { Interrupts } from './interrupts.js';
import { launch } from './launch.js';
import { memoryOf } from './memory.js';
import { monitorOptions } from './monitor-command.js';
import { showOutput } from './output.js';
import { isAlive } from '../../node/monitors/process-end.js';
import type { RunRequest, Surroundings } from './request.js';
import { endContainer } from './end-container.js';
import { forwardSignals } from './forward-signals.js';
import { makeWorkDirectory, removeWorkDirectory, type WorkDirectory } from './work-directory.js';

/** Resolves with the container's status as an exit status (0–255). Leaves nothing behind, whatever happens. */
export async function runContainer(request: RunRequest, around: Surroundings): Promise<number> {
  const cleanup = new Cleanup();
  const interrupts = new Interrupts(around.signals);
  try {
    return await carryOut(request, around, cleanup, interrupts);
  } finally {
    const { removed, problems } = await cleanup.run();
    around.tell({ kind: 'removed', what: removed, problems });
    for (const problem of problems) around.warn(problem);
    interrupts.close();
  }
}

async function carryOut(
  request: RunRequest,
  around: Surroundings,
  cleanup: Cleanup,
  interrupts: Interrupts,
): Promise<number> {
  const { tell } = around;
  const directory = await makeWorkDirectory();
  cleanup.add(`the private directory ${directory.path}`, () => removeWorkDirectory(directory));
  const bundle = await prepareBundle(request, directory, cleanup);
  const runtimeOptions = ['--root', directory.runtimeRoot];
  const container = new Container(request.runtime.path, runtimeOptions, request.id);
  tell({
    kind: 'prepared',
    id: request.id,
    bundle,
    written: request.source.kind === 'order',
    runtime: request.runtime.path,
    reason: request.runtime.reason,
    directory: directory.path,
  });
  const options = monitorOptions({
    ...request,
    ...directory,
    bundle,
    runtime: request.runtime.path,
    runtimeOptions,
    stdin: request.interactive,
    terminal: request.terminal,
    extra: request.conmonArguments,
  });
  const order = { program: request.conmon, options, monitorPidfile: directory.monitorPidfile, environment: around.env };
  let created = false;
  const monitor = await launch(order, interrupts, tell, (launched) =>
    cleanup.add('the container and its monitor', () =>
      endContainer(container, launched, directory.monitorPidfile, created),
    ),
  );
  created = true;
  return follow({ request, around, interrupts, container, directory, bundle, monitor });
}

interface Created {
  readonly request: RunRequest;
  readonly around: Surroundings;
  readonly interrupts: Interrupts;
  readonly container: Container;
  readonly directory: WorkDirectory;
  readonly bundle: string;
  readonly monitor: number;
}

/** Starts the created container and stays with it until its end has been reported. */
async function follow({
  request,
  around,
  interrupts,
  container,
  directory,
  bundle,
  monitor,
}: Created): Promise<number> {
  const { tell } = around;
  const { interactive, terminal } = request;
  const output = await showOutput({ log: directory.log, bundle, interactive, terminal }, around, () =>
    interrupts.raise('SIGTERM'),
  );
  try {
    const exited = waitForExitFile(directory.exitDirectory, request.id, () => isAlive(monitor));
    const before = await memoryOf(monitor);
    const begun = performance.now();
    const starting = container.start();
    const forwarding = forwardSignals(interrupts, container, starting, request.graceSeconds, tell);
    const argv = await starting;
    tell({ kind: 'started', milliseconds: performance.now() - begun, argv });
    const memory = (await memoryOf(monitor)) ?? before;
    if (memory !== undefined) tell({ kind: 'measured', monitor, memory });
    const content = await exited.finally(() => forwarding.stop());
    await output.finish();
    const status = parseExitStatus(content);
    tell({ kind: 'exited', path: `${directory.exitDirectory}/${request.id}`, content, status });
    if (status < 0) around.warn(`the container was killed after ${request.timeoutSeconds ?? '?'} s`);
    return status & 0xff;
  } catch (error) {
    await output.finish().catch(() => undefined);
    throw error;
  }
}

async function prepareBundle(request: RunRequest, directory: WorkDirectory, cleanup: Cleanup): Promise<string> {
  if (request.source.kind === 'order') return writeBundle(directory.path, request.source.order);
  const { path } = request.source;
  await checkBundle(path, request.terminal);
  cleanup.add(`what the monitor made in ${path}`, () => removeMonitorFiles(path));
  return path;
}
