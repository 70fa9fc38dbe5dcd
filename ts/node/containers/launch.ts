/**
 * Starts a monitor as a manager does: pipes on which it reports, a start pipe it waits for, and a first process that leaves as
 * soon as the monitor is on its own. It outlives this program.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { MonitorError } from '../errors.js';
import { ReportPipe } from './sync-pipe.js';

const SYNC_FD = 3;
const START_FD = 4;
const ATTACH_FD = 5;
/** How long to wait for the rest of what the first process said, once it has ended. */
const LAST_WORDS_MS = 200;
const MOST_WORDS = 1 << 16;

/** What is to be executed. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** With `--exec-attach`: a further pipe, which tells when clients can connect. */
  readonly attachPipe: boolean;
}

export class Launched {
  /** Tells the pid, and of an exec the exit status. */
  readonly sync: ReportPipe;
  /** Tells when clients can connect. Ends at once where there is no such pipe. */
  readonly attach: ReportPipe;
  readonly #program: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  #words = '';
  #waiting = 0;

  /** Nothing but the first process has been started when this returns: it waits for {@link letBegin}. */
  constructor({ program, args, env, attachPipe }: Launch) {
    this.#program = program;
    const pipes = { _OCI_SYNCPIPE: String(SYNC_FD), _OCI_STARTPIPE: String(START_FD) };
    const further = attachPipe ? { _OCI_ATTACHPIPE: String(ATTACH_FD) } : {};
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', attachPipe ? 'pipe' : 'ignore'],
      env: { ...env, ...pipes, ...further },
    });
    this.sync = new ReportPipe(kept(this.#pipe(SYNC_FD)));
    this.attach = new ReportPipe(attachPipe ? kept(this.#pipe(ATTACH_FD)) : new PassThrough().destroy());
    for (const stream of this.#outputs()) stream.on('data', (piece: Buffer) => this.#hear(piece));
    // EPIPE: it has refused already, and its exit status and words tell why.
    this.#pipe(START_FD).on('error', () => undefined);
    this.#ended = this.#end();
    // Whoever waits for it hears of a failure; until then it must not end the program.
    this.#ended.catch(() => undefined);
  }

  /** What the program has said so far: on stderr, or on stdout as C conmon does about options. */
  get words(): string {
    return this.#words.trim();
  }

  /** Writes a byte that lets the monitor go on. A manager puts the process into a cgroup before the first. */
  letBegin(): void {
    this.#pipe(START_FD).write('\0');
  }

  /**
   * Fulfilled when the first process has left and the monitor is on its own.
   *
   * @throws {@link MonitorError} when it could not be executed, or has refused
   */
  async detached(): Promise<void> {
    const status = await this.#ended;
    if (status === 0) return;
    const report =
      this.words === '' ? await Promise.race([this.sync.next(), sleep(LAST_WORDS_MS, undefined)]) : undefined;
    const words = this.words || report?.message || 'without a word';
    throw new MonitorError(`${this.#program} ended with status ${status}: ${words}`);
  }

  /** Does not keep this program alive any more, except while somebody waits with {@link waitFor}. */
  rest(): void {
    if (this.#waiting === 0) this.#pipe(SYNC_FD).unref();
  }

  /** Waits for something that only comes from the monitor, and keeps this program alive meanwhile. */
  async waitFor<T>(promise: Promise<T>): Promise<T> {
    this.#waiting += 1;
    this.#pipe(SYNC_FD).ref();
    try {
      return await promise;
    } finally {
      this.#waiting -= 1;
      this.rest();
    }
  }

  /** No more bytes for it to wait for. */
  closeStart(): void {
    this.#pipe(START_FD).destroy();
  }

  /** Ends the first process, if it is still there: without its start byte it would wait for ever. Closes all pipes. */
  abandon(): void {
    this.#child.kill('SIGKILL');
    for (const stream of this.#child.stdio) stream?.destroy();
  }

  async #end(): Promise<number> {
    try {
      const [code]: (number | null)[] = await once(this.#child, 'exit');
      return code ?? 128;
    } catch (cause) {
      throw new MonitorError(`cannot execute ${this.#program}: ${String(cause)}`, { cause });
    } finally {
      await this.#letGoOfOutputs();
    }
  }

  /** Takes what is left in the pipes, but waits for no monitor that would keep a copy of their other ends. */
  async #letGoOfOutputs(): Promise<void> {
    const open = this.#outputs().filter((stream) => !stream.closed);
    const abort = new AbortController();
    await Promise.race([
      Promise.all(open.map((stream) => once(stream, 'close'))),
      sleep(LAST_WORDS_MS, undefined, { signal: abort.signal }).catch(() => undefined),
    ]);
    abort.abort();
    for (const stream of open) stream.destroy();
  }

  #hear(piece: Buffer): void {
    this.#words = (this.#words + piece.toString('utf8')).slice(0, MOST_WORDS);
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

/** Node throws away what is unread in the pipe itself when the first process ends, and that comes before. */
function kept(pipe: Readable): Readable {
  return pipeline(pipe, new PassThrough(), () => undefined);
}
