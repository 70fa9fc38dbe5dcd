/** A container and its monitor, as their manager sees them. */
import { resolve } from 'node:path';
import type { LogDriver, Plan } from '../../planner/plan.js';
import type { Ended } from '../addon.js';
import { attach, type Attachment, type AttachOptions } from '../attachment.js';
import type { ConmonOptions } from '../conmon-options.js';
import { reopenLogs, resizeTerminal } from '../monitors/control-fifo.js';
import { LogError } from '../logs/errors.js';
import { type LogSource, readLog, type ReadLogOptions } from '../logs/read-log.js';
import type { LogRecord } from '../logs/record.js';
import { unlessAborted } from './abort.js';
import { execIn } from './exec.js';
import type { ExecProcess } from './exec-process.js';
import { exitOf } from './exit.js';
import type { Launched } from './launch.js';
import type { ExecOptions } from './options.js';
import type { Runtime } from './runtime.js';
import type { StateDirectory } from './state-directory.js';

/** What a container was made of. @internal */
export interface Made {
  readonly plan: Plan;
  readonly order: ConmonOptions;
  readonly runtime: Runtime;
  readonly launched: Launched;
  readonly state: StateDirectory;
  /** The monitor's executable. */
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  readonly monitorPid: number;
  readonly pid: number;
}

/** A container that {@link createContainer} or {@link startContainer} has made. */
export class Container {
  /** Its id. */
  readonly cid: string;
  /** Its first process. */
  readonly pid: number;
  /** Its monitor; 0 when that has left no pid file. */
  readonly monitorPid: number;
  /** Its OCI bundle. */
  readonly bundle: string;
  /** Where its output is logged, for {@link readLog}. */
  readonly logs: readonly LogSource[];
  /** Its attach socket; undefined when nobody can attach (`passthrough`). */
  readonly attachSocket: string | undefined;
  /** The FIFO for resizing and reopening; undefined as above. */
  readonly control: string | undefined;
  readonly #made: Made;

  /** {@link createContainer} does it. @internal */
  constructor(made: Made) {
    const { plan, order, launched } = made;
    this.#made = made;
    this.cid = plan.cid;
    this.pid = made.pid;
    this.monitorPid = made.monitorPid;
    this.bundle = order.bundle ?? '';
    this.logs = plan.logs.drivers.map((driver) => sourceOf(driver, plan.cid));
    this.attachSocket = plan.attach === null ? undefined : `${plan.attach.directory}/attach`;
    this.control = plan.controlDirectory === null ? undefined : `${plan.controlDirectory}/ctl`;
    launched.rest();
  }

  /**
   * Lets its command begin. Attach before, to get all of its output.
   *
   * @throws {@link RuntimeError}
   */
  async start(): Promise<void> {
    await this.#made.runtime.call('start', this.cid);
  }

  /**
   * Sends a signal to its first process, through the runtime. Process number 1 of a container ignores what it has no handler for,
   * but `SIGKILL`.
   *
   * @throws {@link RuntimeError} also when it has ended
   */
  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#made.runtime.call('kill', this.cid, signal.replace(/^SIG/, ''));
  }

  /**
   * Connects to its stdin, stdout and stderr.
   *
   * @throws {@link AttachError}
   */
  async attach(options?: AttachOptions): Promise<Attachment> {
    return attach(this, options);
  }

  /**
   * Reads its (first) log. With `follow: true` until the container has ended and everything it wrote has come.
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
   * Gives its terminal another size, in characters, each from 0 to 1000.
   *
   * @throws `RangeError`, {@link ControlError}
   */
  async resize(rows: number, columns: number): Promise<void> {
    await resizeTerminal(this.control ?? '', rows, columns);
  }

  /**
   * Lets the monitor go on in the file at the log's path, which was renamed.
   *
   * @throws {@link ControlError}
   */
  async reopenLogs(): Promise<void> {
    await reopenLogs(this.control ?? '');
  }

  /**
   * Runs a further process in it, under a monitor of its own. Its output begins to come when this is fulfilled, none is lost.
   *
   * @throws {@link RuntimeError} when it could not be executed
   * @throws {@link MonitorError}, {@link AttachError}
   */
  async exec(options: ExecOptions): Promise<ExecProcess> {
    return execIn(this.#made, options);
  }

  /**
   * Waits until it has ended and the monitor has reported that; what it wrote is in the log by then. May be called at any time
   * and more than once.
   *
   * @param options `signal` ends the waiting, not the container
   * @throws {@link MonitorError} when the monitor was killed before it could tell
   */
  async wait(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Ended> {
    const { launched, plan } = this.#made;
    await launched.waitFor(unlessAborted(launched.sync.ended, options.signal));
    return exitOf(plan, this.pid);
  }

  /**
   * Ends it with SIGKILL if it still runs, and removes what the runtime keeps of it, and the folder with its log if that was made
   * for it.
   *
   * @throws {@link RuntimeError}
   */
  async delete(): Promise<void> {
    const { runtime, state, launched } = this.#made;
    await runtime.call('delete', '--force', this.cid);
    await launched.waitFor(launched.sync.ended);
    await state.remove();
  }
}

function sourceOf(driver: LogDriver, cid: string): LogSource {
  if ('journald' in driver) return { kind: 'journald', cid };
  if ('k8s-file' in driver) return { kind: 'file', format: 'k8s-file', path: resolve(driver['k8s-file'].path) };
  return { kind: 'file', format: 'json-file', path: resolve(driver['json-file'].path) };
}
