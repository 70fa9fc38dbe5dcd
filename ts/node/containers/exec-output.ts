/** Collects the output of an exec session. */
import type { Readable } from 'node:stream';
import type { ExecProcess } from './exec-process.js';
import type { ExecOptions } from './options.js';

/** What an exec session has written, and how it has ended. */
export interface ExecOutput {
  /** What it wrote to stdout, unchanged; with a terminal all that it wrote. */
  readonly stdout: string;
  /** What it wrote to stderr. */
  readonly stderr: string;
  /** The exit code, 128 plus the signal, or −1 after the time limit. */
  readonly exitCode: number;
  /** It was killed at its time limit. */
  readonly timedOut: boolean;
}

/** How to collect: see `Container.execOutput`. */
export interface ExecOutputOptions extends ExecOptions {
  /** With `stdin: true` and no input, its stdin is closed immediately. */
  readonly input?: string | Uint8Array | undefined;
  readonly encoding?: BufferEncoding | undefined;
  readonly maxBuffer?: number | undefined;
}

/** Bytes of each output. */
const MOST = 100_000_000;

/** Sends the input, and waits for the end. The signal kills the process. */
export async function collectOutput(process: ExecProcess, options: ExecOutputOptions): Promise<ExecOutput> {
  const { signal, encoding = 'utf8', input, maxBuffer = MOST } = options;
  const { streams } = process;
  const kill = (): boolean => process.kill('SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  if (signal?.aborted === true) kill();
  // The process may have closed its stdin.
  streams.on('error', () => undefined);
  if (options.stdin === true || input !== undefined) streams.end(input);
  try {
    const [stdout, stderr] = await Promise.all([
      collected(streams, encoding, maxBuffer),
      collected(streams.stderr, encoding, maxBuffer),
    ]);
    const { status, timedOut } = await process.wait();
    signal?.throwIfAborted();
    return { stdout, stderr, exitCode: status, timedOut };
  } catch (error) {
    kill();
    streams.destroy();
    throw error;
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}

async function collected(stream: Readable, encoding: BufferEncoding, most: number): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > most) throw new RangeError(`the output of the process exceeds maxBuffer, ${most} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString(encoding);
}
