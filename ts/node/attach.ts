/** A client of the attach socket, which carries a container's output and input. */
import { addon, type Addon } from './native/load-addon.js';

/** Receives the container's output as it arrives, a packet at a time; at most 8192 bytes each. */
export interface AttachHandlers {
  /** With a terminal, all output arrives here. */
  readonly stdout: (bytes: Buffer) => void;
  readonly stderr: (bytes: Buffer) => void;
}

/** The process that listens on an attach socket, and its user. */
export interface Listener {
  /** In our pid namespace. */
  readonly pid: number;
  readonly uid: number;
}

/** The connection to an attach socket failed. The message says which and why. */
export class AttachError extends Error {
  override readonly name = 'AttachError';
  /** Tells this class from others. */
  readonly code = 'ERR_CONMON_ATTACH';
}

/** Stream numbers of packets; 0 is the addon's own mark for the end. */
const END = 0;
const STDERR = 3;

/** A connection. It keeps the process alive until it is closed by one side. */
export class AttachConnection {
  /** Fulfilled when the connection has ended, by either side; rejected with an {@link AttachError} when it broke. */
  readonly closed: Promise<void>;
  readonly #client: InstanceType<Addon['AttachClient']>;

  constructor(socketPath: string | Buffer, handlers: AttachHandlers, listener?: Listener) {
    const { promise, resolve, reject } = withResolvers();
    this.closed = promise;
    const onPacket = (stream: number, bytes: Buffer): void => {
      if (stream === STDERR) handlers.stderr(bytes);
      else if (stream !== END) handlers.stdout(bytes);
      else if (bytes.length === 0) resolve();
      else reject(new AttachError(`the attach connection broke: ${bytes.toString()}`));
    };
    this.#client = addon().AttachClient.connect(
      Buffer.from(socketPath),
      onPacket,
      listener && { pid: listener.pid, uid: listener.uid },
    );
  }

  /** Sends input. Fulfilled when the kernel has accepted all of it, so that it can be used for back-pressure. */
  async write(bytes: Buffer): Promise<void> {
    try {
      await this.#client.write(bytes);
    } catch (cause) {
      throw new AttachError('could not send input to the container', { cause });
    }
  }

  /** Ends the input, after what was written before. Output continues. */
  end(): void {
    this.#client.end();
  }

  /** Stops the output until {@link resume}. A few packets may still arrive. Eventually the container blocks. */
  pause(): void {
    this.#client.pause();
  }

  resume(): void {
    this.#client.resume();
  }

  /** Closes the connection in both directions immediately. */
  close(): void {
    this.#client.close();
  }
}

/**
 * Connects to an attach socket, however long its path is. Rejects with an {@link AttachError} when no process listens there, or
 * another one than `listener`.
 */
export async function connectAttach(
  socketPath: string | Buffer,
  handlers: AttachHandlers,
  listener?: Listener,
): Promise<AttachConnection> {
  try {
    return new AttachConnection(socketPath, handlers, listener);
  } catch (cause) {
    throw new AttachError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { promise, resolve, reject };
}
