/** A connection to a running container as Node's streams. */
import { addAbortSignal, Duplex, Readable } from 'node:stream';
import { dirname } from 'node:path';
import { controlFifos } from '../planner/bundle-files.js';
import { type AttachConnection, AttachError, connectAttach, type Listener } from './attach.js';
import { encode } from './bytes.js';
import { resizeTerminal } from './monitors/control-fifo.js';

/**
 * Where to attach: the path of an attach socket, or something that knows it, such as a {@link MonitorInfo}. With `pid` and `uid`,
 * as that has them, only this process may be the one that listens there.
 */
export type AttachTarget =
  | string
  | {
      readonly attachSocket: string | undefined;
      readonly control?: string | undefined;
      readonly pid?: number | undefined;
      readonly uid?: number | undefined;
    };

/** How to attach. */
export interface AttachOptions {
  /** Ends the connection with an error, the signal's reason. The container goes on. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to a container's attach socket: what it writes from now on comes, what is written goes to its stdin.
 *
 * @throws {@link AttachError} when nobody listens there
 */
export async function attach(target: AttachTarget, options: AttachOptions = {}): Promise<Attachment> {
  const { attachSocket, control, pid, uid } =
    typeof target === 'string' ? { ...NOTHING, attachSocket: target } : target;
  if (attachSocket === undefined) throw new AttachError('nobody can attach to this: its monitor has no attach socket');
  const { signal } = options;
  signal?.throwIfAborted();
  const listener = pid === undefined || uid === undefined ? undefined : { pid, uid };
  const attachment = await Attachment.connect(
    attachSocket,
    control ?? controlFifos(dirname(attachSocket)).ctl,
    listener,
  );
  return signal === undefined ? attachment : addAbortSignal(signal, attachment);
}

const NOTHING = { control: undefined, pid: undefined, uid: undefined };

/** The streams of a container, of which the stream itself is the first. */
type Output = 'stdout' | 'stderr';

/**
 * A container's stdin (the writable side), its stdout (the readable side) and, apart, its {@link Attachment.stderr}.
 *
 * - `end()` says that no more input comes; output still does. The container's stdin is then closed, unless it was to be left
 *   open.
 * - Both outputs end when the container has ended and everything has come. Input that is too late for it is dropped.
 * - Back-pressure holds in both directions: who reads slowly holds up the container, so read both outputs, or `resume()` the one
 *   that is not wanted. (The monitor drops a client that reads nothing for ten seconds.)
 * - `destroy()`, or `detach()`, leaves: the container goes on.
 *
 * With a terminal all output is stdout. Errors are {@link AttachError}s, emitted as `error` here, not by `stderr`.
 */
export class Attachment extends Duplex {
  /** What the container writes to stderr. */
  readonly stderr: Readable;
  readonly #control: string;
  readonly #owner: number | undefined;
  readonly #full = new Set<Output>();
  #connection: AttachConnection | undefined;
  #ended = false;

  private constructor(control: string, owner: number | undefined) {
    // When the container's output ends, so does the input.
    super({ allowHalfOpen: false });
    this.#control = control;
    this.#owner = owner;
    this.stderr = new Readable({ read: () => this.#wantsMore('stderr') });
  }

  /** {@link attach} does it. @internal */
  static async connect(socket: string, control: string, listener?: Listener): Promise<Attachment> {
    const attachment = new Attachment(control, listener?.uid);
    const handlers = {
      stdout: (bytes: Buffer) => attachment.#take('stdout', attachment, bytes),
      stderr: (bytes: Buffer) => attachment.#take('stderr', attachment.stderr, bytes),
    };
    const connection = await connectAttach(encode(socket), handlers, listener);
    attachment.#connection = connection;
    connection.closed.then(
      () => attachment.#finish(),
      (error: Error) => attachment.destroy(error),
    );
    return attachment;
  }

  /**
   * Gives the container's terminal another size, in characters, each from 0 to 1000.
   *
   * @throws `RangeError`, {@link ControlError}
   */
  async resize(rows: number, columns: number): Promise<void> {
    await resizeTerminal(this.#control, rows, columns, this.#owner);
  }

  /** Leaves the container, which goes on. What was not sent yet is not sent any more. */
  detach(): void {
    this.destroy();
  }

  /** @internal */
  override _read(): void {
    this.#wantsMore('stdout');
  }

  /** @internal */
  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    // One that fails does so because the other side has gone, which is told by the end of the output.
    const settled = (): void => callback();
    void this.#connection?.write(chunk).then(settled, settled);
  }

  /** @internal */
  override _final(callback: (error?: Error | null) => void): void {
    this.#connection?.end();
    callback();
  }

  /** @internal */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#connection?.close();
    // What has come to its end may still be read.
    if (!this.#ended) this.stderr.destroy();
    callback(error);
  }

  #finish(): void {
    this.#ended = true;
    this.push(null);
    this.stderr.push(null);
  }

  #take(output: Output, stream: Readable, bytes: Buffer): void {
    if (this.destroyed || stream.destroyed || stream.push(bytes)) return;
    this.#full.add(output);
    this.#connection?.pause();
  }

  #wantsMore(output: Output): void {
    if (this.#full.delete(output) && this.#full.size === 0) this.#connection?.resume();
  }
}
