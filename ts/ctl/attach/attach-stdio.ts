/**
 * Connects our standard streams to a container through its attach socket.
 */
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AttachConnection, connectAttach, type Listener } from '../../node/attach.js';

/** The monitor ends the connection with the container; this is for one that does not. */
const LAST_OUTPUT_MS = 5000;

export interface Attached {
  /** Fulfilled when the other side has ended the connection. */
  readonly closed: Promise<void>;
  /** Waits for the last of the output, and lets go of our input. */
  finish(): Promise<void>;
}

/**
 * Without `output` only the input is connected, and what comes is thrown away; without `stdin` nothing is sent. With `listener`
 * no other process may listen there.
 */
export async function attachStdio(
  socket: string,
  stdin: Readable | undefined,
  output: { readonly stdout: Writable; readonly stderr: Writable } | undefined,
  listener?: Listener,
): Promise<Attached> {
  const full = new Set<Writable>();
  const show = (stream: Writable | undefined, bytes: Buffer): void => {
    if (stream === undefined || stream.write(bytes) || full.has(stream)) return;
    // Whoever reads our output is slower than the container: hold that back instead of piling it up.
    full.add(stream);
    connection.pause();
    stream.once('drain', () => {
      full.delete(stream);
      if (full.size === 0) connection.resume();
    });
  };
  const handlers = {
    stdout: (bytes: Buffer) => show(output?.stdout, bytes),
    stderr: (bytes: Buffer) => show(output?.stderr, bytes),
  };
  const connection = await connectAttach(socket, handlers, listener);
  // It is looked at in finish(), which may come later than the failure.
  const closed = connection.closed.catch(() => undefined);
  if (stdin !== undefined) void forwardInput(stdin, connection);
  return {
    closed,
    finish: async () => {
      await Promise.race([closed, sleep(LAST_OUTPUT_MS, undefined, { ref: false })]);
      connection.close();
      stdin?.destroy();
    },
  };
}

/** A container that ends, or closes its input, ends this as well; its status is what counts then. */
async function forwardInput(stdin: Readable, connection: AttachConnection): Promise<void> {
  try {
    for await (const chunk of stdin) await connection.write(Buffer.from(chunk));
    connection.end();
  } catch {
    stdin.destroy();
  }
}
