/** A container that waits at steps of its script until the test lets it continue. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import type { Test } from 'tap';
import { actor } from './actor.js';
import { createArguments } from './arguments.js';
import { writeFifo } from './fifo.js';
import { sleeps } from './idle.js';
import { type LaunchOptions, type Launched, launch } from './monitor.js';
import type { Scene } from './scene.js';
import { until } from './wait.js';

export interface Steps {
  readonly run: Launched;
  /** Waits until the container has reached the step. */
  at(step: string): Promise<void>;
  go(step: string): void;
}

/** Starts a container that logs to `log`. Its script waits at `wait NAME` until {@link Steps.go}. */
export async function start(
  t: Test,
  s: Scene,
  log: string,
  script: string,
  options: LaunchOptions & { readonly extra?: readonly string[] } = {},
): Promise<Steps> {
  const prelude = `wait() { : > '${s.dir}/at-'$1; until [ -e '${s.dir}/go-'$1 ]; do sleep 0.02; done; }`;
  const runtime = actor(s, { payload: `${prelude}\n${script}` });
  const run = launch(t, s, createArguments(s, runtime.path, options.extra, { '-l': log }), options);
  await run.started();
  await runtime.start();
  return {
    run,
    at: (step) =>
      until(`the container to come to ${step}`, () => existsSync(`${s.dir}/at-${step}`)).then(() => undefined),
    go: (step) => writeFileSync(`${s.dir}/go-${step}`, ''),
  };
}

/** A part of a script: numbered lines until the file `enough` exists. */
export function untilEnough(s: Scene): string {
  return `i=0; until [ -e '${s.dir}/enough' ]; do echo "more $i"; i=$((i+1)); sleep 0.1; done; echo last`;
}

/**
 * At `wait file` of the script: checks that the monitor sleeps with a failing log, and has it reopened with a file in its
 * place.
 */
export async function replaceLog(t: Test, s: Scene, log: string, { run, at, go }: Steps): Promise<void> {
  await at('file');
  await sleeps(t, await run.pid());
  rmSync(log);
  writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
  await until('a file', () => existsSync(log));
  go('file');
}
