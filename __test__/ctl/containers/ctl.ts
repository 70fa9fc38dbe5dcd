/** A container of `conmonctl run`, and other commands that are called about it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Test } from 'tap';
import { newRunId } from '../../../ts/ctl/run/container-id.js';
import { until } from '../../support/wait.js';
import { CONMONCTL } from '../live.js';

/** Ends on SIGTERM, with 7. */
export const FOREVER = ['/bin/sh', '-c', 'trap "exit 7" TERM; echo ready; while :; do sleep 0.1; done'];

/** Everything that it makes is below `temporary`, and removed when the test ends. */
export class Ctl {
  readonly id = newRunId();
  readonly temporary: string;
  readonly #options: readonly string[];

  constructor(t: Test, monitor: string, rootfs: string) {
    this.temporary = mkdtempSync(`${tmpdir()}/ctl-`);
    this.#options = ['--conmon', monitor, '--runtime', 'runc', '--rootfs', rootfs];
    t.teardown(() => {
      this.call(['rm', this.id]);
      rmSync(this.temporary, { recursive: true, force: true });
    });
  }

  get env(): NodeJS.ProcessEnv {
    return { ...process.env, TMPDIR: this.temporary };
  }

  call(words: readonly string[], input = ''): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(CONMONCTL, words, { env: this.env, input, encoding: 'utf8', timeout: 60_000 });
  }

  runWords(options: readonly string[], command: readonly string[]): readonly string[] {
    return [...this.#options, ...options, this.id, '--', ...command];
  }

  async ready(): Promise<void> {
    await until('its first line', () => this.call(['logs', this.id]).stdout.includes('ready'));
  }
}
