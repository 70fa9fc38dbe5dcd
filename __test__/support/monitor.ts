/** Starts the monitor under test like a manager, and reads its reports. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import type { Test } from 'tap';
import { Channel } from './channel.js';
import { isAlive } from './proc.js';
import type { Scene } from './scene.js';
import { CONMON } from './target.js';
import { upgradeAlways } from './upgrade.js';
import { until, untilExists, within } from './wait.js';

/** The descriptors that a manager passes. */
const SYNC_FD = 3;
const START_FD = 4;
const ATTACH_FD = 5;

export interface LaunchOptions {
  /** Keep the start pipe silent until {@link Launched.go}. */
  readonly hold?: boolean;
  /** Omit pipes: the variable is not set. */
  readonly withoutSync?: boolean;
  readonly withoutStart?: boolean;
  /** Pass an attach pipe (`--exec-attach`). */
  readonly attachPipe?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of /dev/null, a pipe and a pipe. */
  readonly stdio?: readonly ['ignore' | 'pipe' | number, 'ignore' | 'pipe' | number, 'ignore' | 'pipe' | number];
  /** More descriptors, from number 6 on; -1 leaves a gap. */
  readonly inherited?: readonly number[];
  readonly cwd?: string;
  /** Prefix of the command, such as `strace`. */
  readonly prefix?: readonly string[];
  /** Instead of the monitor under test. */
  readonly command?: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A started monitor; its first process may have exited already. */
export class Launched {
  readonly child: ChildProcess;
  readonly stdout: Channel | undefined;
  readonly stderr: Channel | undefined;
  readonly sync: Channel;
  readonly attach: Channel;
  readonly #scene: Scene;
  readonly #ended: Promise<Ended>;

  constructor(scene: Scene, child: ChildProcess) {
    this.child = child;
    this.#scene = scene;
    this.stdout = child.stdout === null ? undefined : new Channel(child.stdout);
    this.stderr = child.stderr === null ? undefined : new Channel(child.stderr);
    const pipes: readonly unknown[] = child.stdio;
    this.sync = new Channel(pipes[SYNC_FD] as Readable);
    this.attach = new Channel(pipes[ATTACH_FD] as Readable);
    child.stdio[START_FD]?.on('error', () => undefined);
    this.#ended = new Promise((resolve, reject) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.once('error', reject);
    });
  }

  /** Writes the start byte, with which the monitor continues. */
  go(): void {
    (this.child.stdio[START_FD] as Writable).write('\0');
  }

  /** Closes our end of a pipe, as when a manager dies. */
  close(pipe: 'sync' | 'start' | 'attach'): void {
    const fd = { sync: SYNC_FD, start: START_FD, attach: ATTACH_FD }[pipe];
    this.child.stdio[fd]?.destroy();
  }

  /** How the process that the manager started exited. */
  async launcher(): Promise<Ended> {
    return within('the end of the launcher', this.#ended);
  }

  /** Pid of the monitor, from its pid file. */
  async pid(): Promise<number> {
    const text = await until('the pid file of the monitor', () => {
      try {
        return readFileSync(this.#scene.conmonPidfile, 'utf8');
      } catch {
        return undefined;
      }
    });
    return Number(text);
  }

  /** The container's pid, once the monitor has reported it. */
  async started(): Promise<number> {
    const message = await this.sync.message();
    const pid = message['data'] ?? message['pid'];
    if (typeof pid !== 'number' || pid <= 0)
      throw new Error(`the container was not started: ${JSON.stringify(message)}`);
    return pid;
  }

  /** Waits for the exit file and the monitor's exit; returns the content of the file. */
  async finished(): Promise<string> {
    await untilExists(this.#scene.exitFile);
    const monitor = await this.pid();
    await until('the end of the monitor', () => !isAlive(monitor));
    return readFileSync(this.#scene.exitFile, 'utf8');
  }
}

/** Starts the monitor with exactly these arguments. */
export function launch(t: Test, scene: Scene, args: readonly string[], options: LaunchOptions = {}): Launched {
  const [stdin, stdout, stderr] = options.stdio ?? ['ignore', 'pipe', 'pipe'];
  const inherited = (options.inherited ?? []).map((fd) => (fd < 0 ? 'ignore' : fd));
  const stdio: StdioOptions = [stdin, stdout, stderr, 'pipe', 'pipe', 'pipe', ...inherited];
  const [command = CONMON, ...words] = [...(options.prefix ?? []), options.command ?? CONMON, ...args];
  const child = spawn(command, words, { stdio, cwd: options.cwd ?? scene.dir, env: environment(scene, options) });
  t.teardown(() => child.kill('SIGKILL'));
  t.teardown(upgradeAlways(scene.dir, 'first'));
  const launched = new Launched(scene, child);
  if (options.hold !== true) launched.go();
  return launched;
}

function environment(scene: Scene, options: LaunchOptions): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    // Identifies the processes of this test.
    CONMON_E2E_SCENE: scene.dir,
    // The console socket of a terminal is created there.
    TMPDIR: scene.dir,
    ...(options.withoutSync === true ? {} : { _OCI_SYNCPIPE: String(SYNC_FD) }),
    ...(options.withoutStart === true ? {} : { _OCI_STARTPIPE: String(START_FD) }),
    ...(options.attachPipe === true ? { _OCI_ATTACHPIPE: String(ATTACH_FD) } : {}),
    ...options.env,
  };
}
