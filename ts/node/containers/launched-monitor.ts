/** Starts a monitor as a manager does: with a start pipe, and pipes on which it reports. It forks, and outlives this program. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { MonitorError } from '../errors.js';
import { reasonOf } from '../reason.js';
import type { MonitorLink } from './monitor-link.js';
import { ReportPipe } from './sync-pipe.js';

const SYNC_FD = 3;
const START_FD = 4;
const ATTACH_FD = 5;
/** How long to wait for the rest of the output of the first process after its exit. */
const REST_OF_OUTPUT_MS = 200;
const MOST_OUTPUT = 1 << 16;

/** What is to be executed. */
export interface MonitorCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** With `--exec-attach`: a third pipe, on which the monitor reports when clients can connect. */
  readonly attachPipe: boolean;
}

export class LaunchedMonitor implements MonitorLink {
  readonly isLazy = false;
  /** Reports the pid, and the exit status of an exec session. */
  readonly sync: ReportPipe;
  /** Reports when clients can connect. Without such a pipe it ends immediately. */
  readonly attach: ReportPipe;
  readonly #program: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<number>;
  #output = '';
  #waiting = 0;

  /** Starts only the first process, which waits for {@link sendStart}. */
  constructor({ program, args, env, attachPipe }: MonitorCommand) {
    this.#program = program;
    const pipes = { _OCI_SYNCPIPE: String(SYNC_FD), _OCI_STARTPIPE: String(START_FD) };
    const attach = attachPipe ? { _OCI_ATTACHPIPE: String(ATTACH_FD) } : {};
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', attachPipe ? 'pipe' : 'ignore'],
      env: { ...env, ...pipes, ...attach },
    });
    this.sync = new ReportPipe(kept(this.#pipe(SYNC_FD)));
    this.attach = new ReportPipe(attachPipe ? kept(this.#pipe(ATTACH_FD)) : new PassThrough().destroy());
    for (const stream of this.#outputs()) stream.on('data', (piece: Buffer) => this.#keep(piece));
    // EPIPE: it has refused its command line already, and its exit status and stderr say why.
    this.#pipe(START_FD).on('error', () => undefined);
    this.#exited = this.#exit();
    // A failure is reported to the caller of `detached`; until then it must not end the program.
    this.#exited.catch(() => undefined);
  }

  /** What the program has printed so far: on stderr, or on stdout, as C conmon does about options. */
  get stderr(): string {
    return this.#output.trim();
  }

  /** Fulfilled after the last report. */
  get ended(): Promise<void> {
    return this.sync.ended;
  }

  /** Writes a start byte. A manager puts the process into a cgroup before the first. */
  sendStart(): void {
    this.#pipe(START_FD).write('\0');
  }

  /**
   * Fulfilled when the first process has exited and the monitor runs on its own.
   *
   * @throws {@link MonitorError} when it could not be executed, or has refused its command line
   */
  async detached(): Promise<void> {
    const status = await this.#exited;
    if (status === 0) return;
    const report =
      this.stderr === '' ? await Promise.race([this.sync.next(), sleep(REST_OF_OUTPUT_MS, undefined)]) : undefined;
    const reason = this.stderr || report?.message || 'with no output';
    throw new MonitorError(`${this.#program} ended with status ${status}: ${reason}`);
  }

  unref(): void {
    if (this.#waiting === 0) this.#pipe(SYNC_FD).unref();
  }

  async waitFor<T>(promise: Promise<T>): Promise<T> {
    this.#waiting += 1;
    this.#pipe(SYNC_FD).ref();
    try {
      return await promise;
    } finally {
      this.#waiting -= 1;
      this.unref();
    }
  }

  /** Closes the start pipe: no more start bytes will come. */
  closeStart(): void {
    this.#pipe(START_FD).destroy();
  }

  /** Kills the first process if it still runs, as it would wait for its start byte indefinitely. Closes all pipes. */
  abandon(): void {
    this.#child.kill('SIGKILL');
    for (const stream of this.#child.stdio) stream?.destroy();
  }

  async #exit(): Promise<number> {
    try {
      const [code]: (number | null)[] = await once(this.#child, 'exit');
      return code ?? 128;
    } catch (cause) {
      throw new MonitorError(`cannot execute ${this.#program}: ${reasonOf(cause)}`, { cause });
    } finally {
      await this.#closeOutputs();
    }
  }

  /** Reads what is left in the pipes, without waiting for a monitor that keeps a copy of their other ends. */
  async #closeOutputs(): Promise<void> {
    const open = this.#outputs().filter((stream) => !stream.closed);
    const abort = new AbortController();
    await Promise.race([
      Promise.all(open.map((stream) => once(stream, 'close'))),
      sleep(REST_OF_OUTPUT_MS, undefined, { signal: abort.signal }).catch(() => undefined),
    ]);
    abort.abort();
    for (const stream of open) stream.destroy();
  }

  #keep(piece: Buffer): void {
    this.#output = (this.#output + piece.toString('utf8')).slice(0, MOST_OUTPUT);
  }

  #outputs(): readonly Readable[] {
    return [this.#child.stdout, this.#child.stderr].filter((stream) => stream !== null);
  }

  #pipe(fd: number): Socket {
    const pipe: unknown = this.#child.stdio[fd];
    if (pipe instanceof Socket) return pipe;
    throw new MonitorError(`Node gave no pipe for descriptor ${fd} of ${this.#program}`);
  }
}

/** Node discards what is unread in the pipe itself when the first process exits, which is too early. */
function kept(pipe: Readable): Readable {
  return pipeline(pipe, new PassThrough(), () => undefined);
}
