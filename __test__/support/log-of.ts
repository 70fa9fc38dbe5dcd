/** Containers of which a test looks at what they leave. */
import type { Test } from 'tap';
import { actor } from './actor.js';
import { createArguments } from './arguments.js';
import { type LaunchOptions, launch } from './monitor.js';
import type { Scene } from './scene.js';

/** Runs a container to its end. */
export async function logOf(
  t: Test,
  s: Scene,
  payload: string,
  extra: readonly string[] = [],
  options: LaunchOptions = {},
): Promise<void> {
  const runtime = actor(s, { payload });
  const run = launch(t, s, createArguments(s, runtime.path, extra), options);
  await run.started();
  await runtime.start();
  await run.finished();
}
