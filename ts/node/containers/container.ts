/** A container and its monitor, as their manager sees them. */
import { resolve } from 'node:path';
import type { LogDriver } from '../../planner/plan.js';
import type { ContainerExit } from '../addon.js';
import { attach, type Attachment } from '../attachment.js';
import { reopenLogs, resizeTerminal } from '../monitors/control-fifo.js';
import { LogError } from '../logs/errors.js';
import { driverTarget } from '../logs/log-driver.js';
import { type LogSource, readLog, type ReadLogOptions } from '../logs/read-log.js';
import type { LogRecord } from '../logs/record.js';
import { unlessAborted } from './abort.js';
import { execIn } from './exec.js';
import type { ExecProcess } from './exec-process.js';
import { exitOf } from './exit.js';
import type { ContainerHandle } from './handle.js';
import type { ExecOptions } from './options.js';

/** A container that {@link createContainer} or {@link startContainer} has created. */
export class Container {
  /** Its id. */
  readonly cid: string;
  /** Its first process. */
  readonly pid: number;
  /** Its monitor; 0 when that has written no pid file. */
  readonly monitorPid: number;
  /** Its OCI bundle. */
  readonly bundle: string;
  /** Where its output is logged, for {@link readLog}. */
  readonly logs: readonly LogSource[];
  /** Its attach socket; undefined when nobody can attach (`passthrough`). */
  readonly attachSocket: string | undefined;
  /** The FIFO for resizing and reopening; undefined as above. */
  readonly control: string | undefined;
  readonly #handle: ContainerHandle;

  /** Called by {@link createContainer}. @internal */
  constructor(handle: ContainerHandle) {
    const { plan, options, launched } = handle;
    this.#handle = handle;
    this.cid = plan.cid;
    this.pid = handle.pid;
    this.monitorPid = handle.monitorPid;
    this.bundle = options.bundle ?? '';
    this.logs = plan.logs.drivers.map((driver) => sourceOf(driver, plan.cid));
    this.attachSocket = plan.attach?.socket;
    this.control = plan.control?.ctl;
    launched.unref();
  }

  /**
   * Executes its command. Attach before, to get all of its output.
   *
   * @throws {@link RuntimeError}
   */
  async start(): Promise<void> {
    const argv = await this.#handle.runtime.call('start', this.cid);
    this.#handle.onStep({ kind: 'started', argv });
  }

  /**
   * Sends a signal to its first process, through the runtime. Process 1 of a pid namespace ignores every signal that it has no
   * handler for, except `SIGKILL`.
   *
   * @throws {@link RuntimeError} also when it has exited
   */
  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#handle.runtime.call('kill', this.cid, signal.replace(/^SIG/, ''));
  }

  /**
   * Connects to its stdin, stdout and stderr.
   *
   * @throws {@link AttachError}
   */
  async attach(options?: { readonly signal?: AbortSignal | undefined }): Promise<Attachment> {
    return attach(this, options);
  }

  /**
   * Reads its (first) log. With `follow: true` until the container has exited and all of its output has been read.
   *
   * @throws what {@link readLog} throws; {@link LogError} when it has no log
   */
  log(options: ReadLogOptions = {}): AsyncIterable<LogRecord> {
    const [source] = this.logs;
    if (source === undefined) throw new LogError(`the container ${this.cid} has no log`);
    const follow = options.follow === true ? this.wait(options) : options.follow;
    return readLog(source, { ...options, follow });
  }

  /**
   * Resizes its terminal; both sizes are in characters, from 0 to 1000.
   *
   * @throws `RangeError`, {@link ControlError}
   */
  async resize(rows: number, columns: number): Promise<void> {
    await resizeTerminal(this.control ?? '', rows, columns);
  }

  /**
   * Reopens the log at its path, after the file was renamed.
   *
   * @throws {@link ControlError}
   */
  async reopenLogs(): Promise<void> {
    await reopenLogs(this.control ?? '');
  }

  /**
   * Runs an exec session in it, under a monitor of its own. No output is lost.
   *
   * @throws {@link RuntimeError} when the process could not be executed
   * @throws {@link MonitorError}, {@link AttachError}
   */
  async exec(options: ExecOptions): Promise<ExecProcess> {
    return execIn(this.#handle, options);
  }

  /**
   * Waits until it has exited and the monitor has reported that; all of its output is in the log by then. May be called at any
   * time and more than once.
   *
   * @param options `signal` ends the waiting, not the container
   * @throws {@link MonitorError} when the monitor was killed before it could report
   */
  async wait(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<ContainerExit> {
    const { launched, plan, onStep } = this.#handle;
    await launched.waitFor(unlessAborted(launched.sync.ended, options.signal));
    return exitOf(plan, this.pid, onStep);
  }

  /**
   * Kills it if it still runs, waits for its monitor, and removes the runtime's state of it, and the directory with its log if
   * that was made for it.
   *
   * @param options `signal` ends the waiting for the monitor
   * @throws {@link RuntimeError}
   */
  async delete(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { runtime, state, launched } = this.#handle;
    await runtime.call('delete', '--force', this.cid);
    await launched.waitFor(unlessAborted(launched.sync.ended, options.signal));
    await state.remove();
  }
}

function sourceOf(driver: LogDriver, cid: string): LogSource {
  const target = driverTarget(driver);
  return target.kind === 'journald' ? { kind: 'journald', cid } : { ...target, path: resolve(target.path) };
}
