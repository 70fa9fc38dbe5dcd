/** Makes system calls of a running process fail or last, by strace(1), "Injection". */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Test } from 'tap';
import type { Scene } from './scene.js';
import { until, within } from './wait.js';

export interface Injection {
  /** How many calls have failed so far. */
  failed(): number;
  /** Stops the injection. */
  stop(): Promise<void>;
}

let injections = 0;

/**
 * Attaches to the process only, not to its children.
 *
 * @param faults `CALLS:error=ERRNO` or `CALLS:delay_exit=MICROSECONDS`, with `:when=N` if not all calls are meant
 */
export async function inject(t: Test, s: Scene, pid: number, ...faults: readonly string[]): Promise<Injection> {
  injections += 1;
  const trace = `${s.dir}/injection-${injections}`;
  const calls = faults.map((fault) => fault.split(':', 1)).join(',');
  const words = ['-e', `trace=${calls}`, ...faults.flatMap((fault) => ['-e', `inject=${fault}`])];
  const child = spawn('strace', ['-p', String(pid), '-o', trace, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString('latin1')));
  await until('strace to attach', () => {
    if (child.exitCode !== null) throw new Error(`strace has ended: ${stderr}`);
    return stderr.includes('attached');
  });
  return {
    failed: () => readFileSync(trace, 'latin1').split('(INJECTED)').length - 1,
    async stop() {
      child.kill('SIGINT');
      await within('the end of strace', ended);
    },
  };
}
