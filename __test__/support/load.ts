/** Keeps the processors busy during a test. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Test } from 'tap';

/** Runs one busy loop per processor until the test ends or this process exits. */
export function burn(t: Test): void {
  for (let processor = 0; processor < availableParallelism(); processor++) {
    const loop = 'while kill -0 "$1"; do :; done';
    const child = spawn('/bin/sh', ['-c', loop, 'burn', String(process.pid)], { stdio: 'ignore' });
    t.teardown(() => child.kill('SIGKILL'));
  }
}

/** Calls `work` for every item, `width` in parallel. */
export async function inParallel<T>(
  width: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
