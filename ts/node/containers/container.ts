/** A container and its monitor, as their manager sees them. */
import { EventEmitter } from 'node:events';
import type { ContainerExit } from '../addon.js';
import { attach, type Attachment } from '../attachment.js';
import { LogError } from '../logs/errors.js';
import type { ReadLogOptions } from '../logs/options.js';
import { readLog } from '../logs/read-log.js';
import type { LogSource } from '../logs/source.js';
import type { LogRecord } from '../logs/record.js';
import type { MonitorInfo } from '../monitors/info.js';
import { reopenLogs, resizeTerminal } from '../monitors/control-fifo.js';
import { unlessAborted } from './abort.js';
import { stateOf } from './container-state.js';
import { execIn } from './exec.js';
import { type ExecOutput, collectOutput } from './exec-output.js';
import type { ExecProcess } from './exec-process.js';
import { exitOf } from './exit.js';
import type { ContainerHandle } from './handle.js';
import { logsOf } from './logs.js';
import { openHandle } from './open.js';
import type { ExecOptions } from './options.js';
import { Presence } from './presence.js';
import { stop } from './stop.js';

/**
 * A container that {@link createContainer}, {@link startContainer} or {@link run} has created, or {@link Container.open} has found.
 *
 * It emits `exit` with a {@link ContainerExit} when the monitor has reported the exit; a listener that is added later is called as well. Listening
 * does not keep the program alive; {@link Container.wait} does.
 */
export class Container extends EventEmitter<{ exit: [ContainerExit]; error: [unknown] }> implements AsyncDisposable {
  /** Its id. */
  readonly cid: string;
  /** Its first process. */
  readonly pid: number;
  /** Its monitor; 0 when that has written no pid file. */
  readonly monitorPid: number;
  /** Its OCI bundle. */
  readonly bundle: string;
  /** Where the files of its monitor are. */
  readonly directory: string;
  /** Where its output is logged, for {@link readLog}. */
  readonly logs: readonly LogSource[];
  /** Its attach socket; undefined when no client can attach (`passthrough`). */
  readonly attachSocket: string | undefined;
  /** The FIFO for resizing and reopening; undefined as above. */
  readonly control: string | undefined;
  readonly #handle: ContainerHandle;
  readonly #presence: Presence;
  #exit: Promise<ContainerExit> | undefined;
  #exited: ContainerExit | undefined;
  /** The exit that was emitted. */
  #announced: ContainerExit | undefined;

  /** Called by {@link createContainer} and {@link Container.open}. @internal */
  constructor(handle: ContainerHandle) {
    super();
    const { plan, monitor, state } = handle;
    this.#handle = handle;
    this.#presence = new Presence(plan.cid, handle.pid);
    this.cid = plan.cid;
    this.pid = handle.pid;
    this.monitorPid = handle.monitorPid;
    this.bundle = handle.bundle;
    this.directory = state.path;
    this.logs = logsOf(plan, handle.cwd);
    this.attachSocket = plan.attach?.socket;
    this.control = plan.control?.ctl;
    monitor.unref();
    if (!monitor.isLazy) this.#exitOnce().catch(() => undefined);
    const noticed = (event: unknown, listener: (exit: ContainerExit) => void): void =>
      void (event === 'exit' && this.#willListen(listener));
    // Node's own event, which is not one of the typed ones.
    EventEmitter.prototype.on.call(this, 'newListener', noticed);
  }

  /**
   * Finds a container that the library or `conmonctl run` has created, also in another program, running or not.
   *
   * @param target its id, its monitor as {@link monitors} returns it, or its directory, which it takes when the monitor has ended and
   *   `directory` was given. Only what belongs to root or the caller is found.
   * @throws {@link ContainerError} when it is not found, or another program manages it
   */
  static async open(target: string | MonitorInfo | { readonly directory: string }): Promise<Container> {
    return new Container(await openHandle(target));
  }

  /**
   * Executes its command. Attach before, to get all of its output.
   *
   * @throws {@link RuntimeError}
   * @throws {@link ContainerError} when it has exited or been deleted
   */
  async start(): Promise<void> {
    this.#presence.require('start');
    const argv = await this.#handle.runtime.call('start', this.cid);
    this.#handle.onStep({ kind: 'started', argv });
  }

  /**
   * Sends a signal to its first process, through the runtime. Process 1 of a pid namespace ignores every signal that it has no
   * handler for, except `SIGKILL`.
   *
   * @throws {@link ContainerError} when it has exited or been deleted
   * @throws {@link RuntimeError}
   */
  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#presence.during('kill', () => this.#handle.runtime.call('kill', this.cid, signal.replace(/^SIG/, '')));
  }

  /**
   * Sends `SIGTERM`, and `SIGKILL` when it has not exited in time. Returns how it has exited, also when it had exited before.
   *
   * @param options `timeout` in seconds, 10 by default; `stopSignal` instead of `SIGTERM`; `signal` ends the waiting
   * @throws {@link RuntimeError}, {@link MonitorError}
   */
  async stop(
    options: {
      readonly timeout?: number | undefined;
      readonly stopSignal?: NodeJS.Signals | undefined;
      readonly signal?: AbortSignal | undefined;
    } = {},
  ): Promise<ContainerExit> {
    return stop(this, options);
  }

  /**
   * What the runtime and the monitor know of it now: its status as the OCI runtime specification names it, or `deleted`; the pid while
   * it runs; how it has exited, once the monitor has reported that.
   *
   * @throws {@link RuntimeError}
   */
  async state(): Promise<{
    readonly status: 'creating' | 'created' | 'running' | 'paused' | 'stopped' | 'deleted';
    readonly pid: number | undefined;
    readonly exit: ContainerExit | undefined;
  }> {
    if (this.#presence.isDeleted) return { status: 'deleted', pid: undefined, exit: this.#exited };
    return stateOf(this.#handle, this.#exited);
  }

  /**
   * Connects to its stdin, stdout and stderr.
   *
   * @throws {@link AttachError}
   * @throws {@link ContainerError} when it has exited or been deleted
   */
  async attach(options?: { readonly signal?: AbortSignal | undefined }): Promise<Attachment> {
    return this.#presence.during('attach to', () => attach(this, options));
  }

  /**
   * Reads its (first) log. With `follow: true` until the container has exited and all of its output has been read.
   *
   * @throws what {@link readLog} throws; {@link LogError} when it has no log
   * @throws {@link ContainerError} when the log was deleted with it
   */
  log(options: ReadLogOptions = {}): AsyncIterable<LogRecord> {
    const [source] = this.logs;
    if (source === undefined) throw new LogError(`the container ${this.cid} has no log`);
    const isInside = this.#handle.state.isOurs && typeof source !== 'string' && source.kind === 'file';
    if (isInside && source.path.startsWith(`${this.directory}/`)) this.#presence.requireFiles('read the log of');
    const follow = options.follow === true ? this.wait(options) : options.follow;
    return readLog(source, { ...options, follow });
  }

  /**
   * Resizes its terminal; both sizes are in characters, from 0 to 1000.
   *
   * @throws `RangeError`, {@link ControlError}
   * @throws {@link ContainerError} when it has exited or been deleted
   */
  async resize(rows: number, columns: number): Promise<void> {
    await this.#presence.during('resize the terminal of', () => resizeTerminal(this.control ?? '', rows, columns));
  }

  /**
   * Reopens the log at its path, after the file was renamed.
   *
   * @throws {@link ControlError}
   * @throws {@link ContainerError} when it has exited or been deleted
   */
  async reopenLogs(): Promise<void> {
    await this.#presence.during('reopen the logs of', () => reopenLogs(this.control ?? ''));
  }

  /**
   * Runs an exec session in it, under a monitor of its own. No output is lost.
   *
   * @throws {@link ContainerError} when it has exited or been deleted
   * @throws {@link RuntimeError} when the process could not be executed
   * @throws {@link MonitorError}, {@link AttachError}
   */
  async exec(options: ExecOptions): Promise<ExecProcess> {
    return this.#presence.during('execute in', () => execIn(this.#handle, options));
  }

  /**
   * Runs an exec session to its end, and collects its output. Every exit code is a result, not an error.
   *
   * @param options those of {@link Container.exec}, of which `signal` and `timeout` (in seconds) kill it. `input` is written to its stdin.
   *   `encoding` of the output is `utf8` by default; `latin1` keeps every byte. More than `maxBuffer` bytes of one output, 100 million
   *   by default, are an error.
   * @throws what {@link Container.exec} throws; `RangeError` when there is too much output
   */
  async execOutput(
    options: ExecOptions & {
      readonly input?: string | Uint8Array | undefined;
      readonly encoding?: BufferEncoding | undefined;
      readonly maxBuffer?: number | undefined;
    },
  ): Promise<ExecOutput> {
    return collectOutput(await this.exec({ ...options, stdin: options.stdin ?? options.input !== undefined }), options);
  }

  /**
   * Waits until it has exited and the monitor has reported that; all of its output is in the log by then. May be called at any
   * time and more than once, also after {@link Container.delete}.
   *
   * @param options `signal` ends the waiting, not the container
   * @throws {@link MonitorError} when the monitor was killed before it could report
   */
  async wait(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<ContainerExit> {
    return this.#handle.monitor.waitFor(unlessAborted(this.#exitOnce(), options.signal));
  }

  /**
   * Kills it if it still runs, waits until its monitor has reported that, and removes the runtime's state of it, and the directory with
   * its log if that was made for it. Does nothing when it has been deleted before. The monitor exits just after its report.
   *
   * @param options `signal` ends the waiting for the report
   * @throws {@link RuntimeError}
   */
  async delete(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    if (this.#presence.isDeleted) return;
    const { runtime, state, monitor } = this.#handle;
    await runtime.call('delete', '--force', this.cid);
    await monitor.waitFor(unlessAborted(monitor.ended, options.signal));
    // Read now, for callers of `wait` after the files have gone.
    await this.#exitOnce().catch(() => undefined);
    await state.remove();
    this.#presence.isDeleted = true;
  }

  /** {@link Container.delete}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete();
  }

  /** A container may exit before its start has returned: a listener that is added after the exit is called as well. */
  #willListen(listener: (exit: ContainerExit) => void): void {
    const exit = this.#announced;
    if (exit !== undefined) process.nextTick(() => listener.call(this, exit));
    else this.#exitOnce().catch(() => undefined);
  }

  /** How it has exited: read once, as the file goes with the container. */
  #exitOnce(): Promise<ContainerExit> {
    if (this.#exit !== undefined) return this.#exit;
    const { plan, monitor, onStep } = this.#handle;
    const exit = monitor.ended.then(() => exitOf(plan, this.pid, onStep));
    const report = (ended: ContainerExit): void => {
      this.#exited = ended;
      this.#presence.hasExited = true;
      process.nextTick(() => {
        this.#announced = ended;
        this.emit('exit', ended);
      });
    };
    exit.then(report, (error: unknown) => {
      this.#presence.hasExited = true;
      if (this.listenerCount('error') > 0) process.nextTick(() => this.emit('error', error));
    });
    this.#exit = exit;
    return exit;
  }
}
