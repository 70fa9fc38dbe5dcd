/**
 * A client of the attach socket. Node cannot open SEQPACKET sockets, socat can; its dump on stderr separates the packets.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Test } from 'tap';
import { until, within } from './wait.js';

/** The number of write(2). */
const WRITE: Readonly<Record<string, number>> = { x64: 1, arm64: 64, riscv64: 64 };

export interface Packet {
  /** 2: stdout, 3: stderr. */
  readonly type: number;
  readonly data: Buffer;
}

export class Client {
  readonly #child: ChildProcess;
  #dump = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr?.setEncoding('latin1').on('data', (text: string) => (this.#dump += text));
    child.stdin?.on('error', () => undefined);
  }

  /** Sends one packet. */
  send(data: string | Buffer): void {
    this.#child.stdin?.write(data);
  }

  /** Ends our input; the output continues. */
  end(): void {
    this.#child.stdin?.end();
  }

  /** Disconnects without a shutdown. */
  vanish(): void {
    this.#child.kill('SIGKILL');
  }

  /** Neither reads nor sends until {@link resume}. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** Number of bytes sent so far. */
  sent(): number {
    const lengths = [...this.#dump.matchAll(/^> .* length=(\d+)/gm)].map(([, length]) => Number(length));
    return lengths.reduce((sum, length) => sum + length, 0);
  }

  /** Waits until `length` bytes are in the socket: socat prints a packet before it writes it. */
  async hasSent(length: number): Promise<void> {
    await until('all to be sent', () => this.sent() === length && !this.#writes());
  }

  /** Whether it is in write(2), or not in a system call (proc(5), `/proc/PID/syscall`). */
  #writes(): boolean {
    const [call = ''] = readFileSync(`/proc/${this.#child.pid}/syscall`, 'latin1').split(' ');
    return call.trim() === 'running' || Number(call) === WRITE[process.arch];
  }

  /** The packets so far. */
  packets(): Packet[] {
    // Each starts with a line "< DATE TIME  length=N from=A to=B" (">" for ours), followed by lines of bytes in hex.
    const found: Packet[] = [];
    for (const block of this.#dump.split(/^(?=[<>] \d{4}\/)/m)) {
      if (!block.startsWith('<')) continue;
      const hex = block.slice(block.indexOf('\n') + 1).match(/\b[0-9a-f]{2}\b/g) ?? [];
      const length = Number(/length=(\d+)/.exec(block)?.[1]);
      if (hex.length < length) continue;
      const bytes = Buffer.from(hex.slice(0, length).join(''), 'hex');
      found.push({ type: bytes[0] ?? 0, data: bytes.subarray(1) });
    }
    return found;
  }

  /** The bytes of one stream received so far. */
  text(type: number): string {
    return Buffer.concat(
      this.packets()
        .filter((packet) => packet.type === type)
        .map(({ data }) => data),
    ).toString('latin1');
  }

  /** Waits until the text of a stream matches. */
  async expect(type: number, pattern: RegExp): Promise<string> {
    return until(`${pattern} from the attach socket`, () => {
      const text = this.text(type);
      return pattern.test(text) ? text : undefined;
    });
  }

  /** Waits until the monitor has closed the connection. */
  async closed(): Promise<void> {
    await until(
      'the end of the attach connection',
      () => this.#dump.includes('socket 2 (fd') && /socket 2 .* is at EOF/.test(this.#dump),
    );
  }
}

/** Connects; resolves when connected. */
export async function attach(t: Test, path: string): Promise<Client> {
  // -t: after one side's end, wait for the other indefinitely.
  const words = ['-d', '-d', '-x', '-b', '32768', '-t', '1000', 'STDIO', `UNIX-CONNECT:${path},type=5`];
  const child = spawn('socat', words, { stdio: ['pipe', 'ignore', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString('latin1')));
  const client = new Client(child);
  await until(`a connection to ${path}`, () => {
    if (child.exitCode !== null) throw new Error(`socat: ${said}`);
    return said.includes('starting data transfer loop');
  });
  return client;
}

/** A client that only stores what it receives, which is fast. */
export interface Recorder {
  pause(): void;
  resume(): void;
  /** All bytes of stdout, once the connection has ended; the output must not contain byte 2. */
  end(): Promise<string>;
}

export async function record(t: Test, path: string, file: string): Promise<Recorder> {
  const child = spawn('socat', ['-d', '-d', '-u', '-b', '32768', `UNIX-CONNECT:${path},type=5`, `CREATE:${file}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString('latin1')));
  await until(`a connection to ${path}`, () => said.includes('starting data transfer loop'));
  return {
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async end() {
      await within('the end of the attach connection', ended);
      return readFileSync(file, 'latin1').replaceAll('\x02', '');
    },
  };
}
