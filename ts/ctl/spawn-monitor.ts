/**
 * Starts conmon the way a manager does: a sync pipe it reports on, a start pipe it waits for, and a first process that leaves
 * as soon as the monitor is on its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, pipeline, Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CtlError } from './error.js';

const SYNC_FD = 3;
const START_FD = 4;
/** How long to wait for the rest of what the first process said, once it has ended. */
const LAST_WORDS_MS = 200;

export class LaunchedMonitor {
  /** Readable end of the sync pipe. */
  readonly sync: Readable;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  readonly #program: string;
  #words = '';

  /** Nothing but that process has been started when this returns: it waits for {@link release}. */
  constructor(program: string, args: readonly string[], environment: NodeJS.ProcessEnv) {
    this.#program = program;
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      env: { ...environment, _OCI_SYNCPIPE: String(SYNC_FD), _OCI_STARTPIPE: String(START_FD) },
    });
    // Not the pipe itself: Node throws away what is unread in it when the first process ends, and that comes before.
    this.sync = pipeline(this.#pipe(SYNC_FD, Readable), new PassThrough(), () => undefined);
    for (const stream of this.#outputs()) stream.on('data', (chunk: Buffer) => (this.#words += chunk.toString('utf8')));
    this.#ended = this.#end();
    // Whoever waits for it hears of a failure; until then it must not end the program.
    this.#ended.catch(() => undefined);
  }

  /** What the program has said so far: on stderr, or on stdout as C conmon does about options. */
  get words(): string {
    return this.#words.trim();
  }

  /** Writes the byte that lets the monitor begin. A real manager puts the process into a cgroup before. */
  release(): void {
    const start = this.#pipe(START_FD, Writable);
    // EPIPE: it has refused already, and its exit status and words tell why.
    start.on('error', () => undefined);
    start.end(Buffer.from([0]));
  }

  /** Exit status of the first process. */
  ended(): Promise<number> {
    return this.#ended;
  }

  /** Ends the first process, if it is still there: without its start byte it would wait for ever. Closes all pipes. */
  letGo(): void {
    this.#child.kill('SIGKILL');
    this.sync.destroy();
    for (const stream of this.#outputs()) stream.destroy();
  }

  async #end(): Promise<number> {
    try {
      const [code]: (number | null)[] = await once(this.#child, 'exit');
      return code ?? 128;
    } catch (cause) {
      const advice = '--conmon PATH or CONMON_BINARY names another.';
      throw new CtlError(`cannot execute ${this.#program}`, { cause, advice });
    } finally {
      await this.#letGoOfOutputs();
    }
  }

  /** Takes what is left in the pipes, but waits for no monitor that would keep a copy of their other ends. */
  async #letGoOfOutputs(): Promise<void> {
    const open = this.#outputs().filter((stream) => !stream.closed);
    await Promise.race([Promise.all(open.map((stream) => once(stream, 'close'))), sleep(LAST_WORDS_MS)]);
    for (const stream of open) stream.destroy();
  }

  #outputs(): readonly Readable[] {
    return [this.#child.stdout, this.#child.stderr].filter((stream) => stream !== null);
  }

  #pipe<Stream>(fd: number, kind: abstract new (...args: never[]) => Stream): Stream {
    const pipe: unknown = this.#child.stdio[fd];
    if (pipe instanceof kind) return pipe;
    throw new CtlError(`Node gave no pipe for descriptor ${fd} of ${this.#program}`);
  }
}
