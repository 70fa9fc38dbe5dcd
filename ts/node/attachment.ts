/** A connection to a running container as Node's streams. */
import { addAbortSignal, Duplex, Readable } from 'node:stream';
import { dirname } from 'node:path';
import { CTL_FIFO } from '../planner/bundle-files.js';
import { type AttachConnection, AttachError, connectAttach, type Listener } from './attach.js';
import { encode } from './bytes.js';
import { resizeTerminal } from './monitors/control-fifo.js';

/** Where to attach. */
export type AttachTarget = Parameters<typeof attach>[0];

/**
 * Connects to a container's attach socket: to its output from now on, and to its stdin.
 *
 * @param target the path of an attach socket, or an object with it, such as a {@link MonitorInfo}. With `pid` and `uid`, as that
 *   has them, only this process may be the one that listens there
 * @param options `signal` ends the connection with an error, the signal's reason; the container continues
 * @throws {@link AttachError} when no process listens there
 */
export async function attach(
  target:
    | string
    | {
        readonly attachSocket: string | undefined;
        readonly control?: string | undefined;
        readonly pid?: number | undefined;
        readonly uid?: number | undefined;
      },
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Attachment> {
  const { attachSocket, control, pid, uid } =
    typeof target === 'string' ? { ...NOTHING, attachSocket: target } : target;
  if (attachSocket === undefined) throw new AttachError('cannot attach: the monitor has no attach socket');
  const { signal } = options;
  signal?.throwIfAborted();
  const listener = pid === undefined || uid === undefined ? undefined : { pid, uid };
  const attachment = await Attachment.connect(
    attachSocket,
    control ?? `${dirname(attachSocket)}/${CTL_FIFO}`,
    listener,
  );
  return signal === undefined ? attachment : addAbortSignal(signal, attachment);
}

const NOTHING = { control: undefined, pid: undefined, uid: undefined };

/** The outputs of a container; the duplex stream itself is stdout. */
type Output = 'stdout' | 'stderr';

/**
 * A container's stdin (the writable side), its stdout (the readable side) and, apart, its {@link Attachment.stderr}.
 *
 * - `end()` ends the input, not the output. The container's stdin is then closed, unless it is to be left open.
 * - Both outputs end when the container has exited and all of its output has been read. Input that is too late is dropped.
 * - Back-pressure works in both directions: a slow reader blocks the container, so read both outputs, or `resume()` the one that
 *   is not needed. (The monitor drops a client that reads nothing for ten seconds.)
 * - `destroy()`, or `detach()`, closes the connection; the container continues.
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

  /** Called by {@link attach}. @internal */
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
   * Resizes the container's terminal; both sizes are in characters, from 0 to 1000.
   *
   * @throws `RangeError`, {@link ControlError}
   */
  async resize(rows: number, columns: number): Promise<void> {
    await resizeTerminal(this.#control, rows, columns, this.#owner);
  }

  /** Closes the connection; the container continues. Input that was not sent yet is dropped. */
  detach(): void {
    this.destroy();
  }

  /** @internal */
  override _read(): void {
    this.#wantsMore('stdout');
  }

  /** @internal */
  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    // It fails only when the other side has gone, which ends the output as well.
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
    // Output that has ended may still be read.
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
