/** Makes system calls of a running process fail, by strace(1). */
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

/** Starts the injection; `fault` as in `strace -e inject`, such as `read:error=EIO:when=1`. */
export async function inject(t: Test, s: Scene, pid: number, fault: string): Promise<Injection> {
  injections += 1;
  const trace = `${s.dir}/injection-${injections}`;
  const [calls = ''] = fault.split(':');
  const words = ['-p', String(pid), '-e', `trace=${calls}`, '-e', `inject=${fault}`, '-o', trace];
  const child = spawn('strace', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  t.teardown(() => child.kill('SIGINT'));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString('latin1')));
  await until(`strace to attach: ${said}`, () => said.includes('attached'));
  return {
    failed: () => readFileSync(trace, 'latin1').split('(INJECTED)').length - 1,
    async stop() {
      child.kill('SIGINT');
      await within('the end of strace', ended);
    },
  };
}
