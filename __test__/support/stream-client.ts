/**
 * An attach client in this process, through the addon: hundreds of them need no process, and received bytes are not
 * converted to text. `attach.ts` has an independent client.
 */
import type { Test } from 'tap';
import { addon } from '../../ts/node/native/load-addon.js';
import { until, within } from './wait.js';

/** Stream numbers of packets; 0 is the addon's own mark for the end. */
const END = 0;
export const STDOUT = 2;
export const STDERR = 3;
/** The longest text of a packet. */
const LONGEST = 8192;

/** Receives each packet, which is then not stored. */
export type Taker = (stream: number, bytes: Buffer) => void;

export class StreamClient {
  /** The received bytes, by stream; none with a callback. */
  readonly #pieces = new Map<number, Buffer[]>();
  readonly #taker: Taker | undefined;
  readonly #ended: Promise<void>;
  readonly #connection: InstanceType<ReturnType<typeof addon>['AttachClient']>;
  #length = 0;
  #longest = 0;
  #closed = false;

  constructor(path: string, taker?: Taker) {
    this.#taker = taker;
    let end: (why: string) => void = () => undefined;
    this.#ended = new Promise((resolve, reject) => {
      end = (why) => (why === '' ? resolve() : reject(new Error(why)));
    });
    this.#ended.catch(() => undefined);
    this.#connection = addon().AttachClient.connect(Buffer.from(path), (stream, bytes) => {
      if (stream !== END) return this.#take(stream, bytes);
      this.#closed = true;
      end(bytes.toString());
    });
  }

  #take(stream: number, bytes: Buffer): void {
    if (this.#taker !== undefined) this.#taker(stream, bytes);
    else this.#keep(stream, bytes);
    this.#length += bytes.length;
    this.#longest = Math.max(this.#longest, bytes.length);
  }

  #keep(stream: number, bytes: Buffer): void {
    const pieces = this.#pieces.get(stream) ?? [];
    this.#pieces.set(stream, pieces);
    pieces.push(bytes);
  }

  /** All bytes of one stream received so far. */
  bytes(stream: number): Buffer {
    return Buffer.concat(this.#pieces.get(stream) ?? []);
  }

  /** Number of bytes received so far on both streams. */
  get length(): number {
    return this.#length;
  }

  /** Whether no packet so far was longer than managers' buffers. */
  get isModest(): boolean {
    return this.#longest <= LONGEST;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Sends bytes; resolves when the kernel has accepted them. A closed connection is not an error here. */
  async send(bytes: Buffer | string): Promise<void> {
    await this.#connection.write(Buffer.from(bytes)).catch(() => undefined);
  }

  /** Ends the input; the output continues. */
  end(): void {
    this.#connection.end();
  }

  /** Does not read until {@link resume}; a few packets may still arrive. */
  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  close(): void {
    this.#connection.close();
  }

  /** Waits until the text of a stream matches. */
  async expect(stream: number, pattern: RegExp): Promise<void> {
    await until(`${pattern} from the attach socket`, () => pattern.test(this.bytes(stream).toString('latin1')));
  }

  /** Waits until the monitor has closed the connection. */
  async closed(patience?: number): Promise<void> {
    await within('the end of the attach connection', this.#ended, patience);
  }
}

/** Connects; the connection is closed when the test ends. */
export function connect(t: Test, path: string, taker?: Taker): StreamClient {
  const client = new StreamClient(path, taker);
  t.teardown(() => client.close());
  return client;
}
