/** A container that is monitored inside this process. */
import type { Test } from 'tap';
import { type ContainerExit, monitor } from '../../ts/node/monitor.js';
import { type Container, container, type Process, type RuntimeName } from '../support/container.js';
import { type Scene, scene } from '../support/scene.js';
import { untilExists, within } from '../support/wait.js';

export interface Monitored extends Scene {
  readonly container: Container;
  /** How it ended. */
  readonly ended: Promise<ContainerExit>;
}

/** The command line for a scene. */
export function commandLine(world: Scene, { runtime, options }: Container, further: readonly string[] = []): string[] {
  const places = ['-b', world.bundle, '-p', world.pidfile, '--exit-dir', world.exits, '--persist-dir', world.persist];
  const identity = ['--api-version', '1', '-c', world.cid, '-u', world.cid, '-r', runtime, ...options];
  return [...identity, ...places, '-l', `k8s-file:${world.log}`, '--full-attach', ...further];
}

/** Creates a container; it waits to be started. */
export async function monitored(
  t: Test,
  name: RuntimeName,
  process: Process,
  further: readonly string[] = [],
): Promise<Monitored> {
  const world = scene(t);
  const made = container(t, world, name, process);
  const ended = monitor(commandLine(world, made, further));
  await Promise.race([untilExists(world.pidfile), ended]);
  return { ...world, container: made, ended: within('the end of the container', ended) };
}
