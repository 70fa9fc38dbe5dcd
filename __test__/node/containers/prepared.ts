/** A bundle, and the options with which the library makes containers from it. */
import type { Test } from 'tap';
import type { CreateOptions } from '../../../ts/node/index.js';
import { container, type Process, type RuntimeName } from '../../support/container.js';
import { scene, type Scene } from '../../support/scene.js';

export interface Prepared {
  readonly s: Scene;
  /** Without an id and a directory. */
  readonly options: CreateOptions & { readonly runtime: string; readonly runtimeArg: readonly string[] };
}

/** A shell with a command. */
export const sh = (command: string): Process => ({ args: ['/bin/sh', '-c', command] });

/** Everything is removed when the test ends. */
export function prepared(t: Test, name: RuntimeName, process: Process): Prepared {
  const s = scene(t);
  const made = container(t, s, name, process);
  const runtimeArg = made.options.filter((word) => word !== '--runtime-arg');
  return { s, options: { bundle: s.bundle, runtime: made.runtime, runtimeArg } };
}

/** Runs the test with this temporary directory, which is below that of the scene. */
export function withTemporary(t: Test, directory: string): void {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = directory;
  t.teardown(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
}
