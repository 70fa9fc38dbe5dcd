/** Makes system calls of a running process fail until detached: strace(1), "Injection". */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { Test } from 'tap';
import { until, within } from './wait.js';

export interface Injector {
  /** Resolves when a call has failed. */
  struck(): Promise<void>;
  /** Stops the injection. */
  stop(): Promise<void>;
}

/**
 * Attaches to the process only, not to its children.
 *
 * @param faults `CALLS:error=ERRNO`, as for `--inject`
 */
export async function inject(t: Test, pid: number, ...faults: readonly string[]): Promise<Injector> {
  const words = faults.flatMap((fault) => ['-e', `inject=${fault}`]);
  const trace = `${mkdtempSync(`${tmpdir()}/conmon-inject-`)}/trace`;
  t.teardown(() => rmSync(dirname(trace), { recursive: true }));
  const strace = spawn('strace', ['-p', String(pid), '-o', trace, ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(strace, 'exit');
  t.teardown(() => strace.kill('SIGKILL'));
  let text = '';
  await within(
    'strace to be attached',
    new Promise<void>((resolve, reject) => {
      strace.stderr.on('data', (piece: Buffer) => {
        text += String(piece);
        if (text.includes('attached')) resolve();
      });
      strace.once('exit', () => reject(new Error(`strace has ended: ${text}`)));
    }),
  );
  return {
    struck: async () =>
      until('a call to fail', () => readFileSync(trace, 'latin1').includes('(INJECTED)')).then(() => undefined),
    async stop() {
      strace.kill('SIGINT');
      await within('strace to be detached', ended);
    },
  };
}
