/** A journald for the test, in a mount namespace with a private /run: it does not touch the machine's journal. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import type { Test } from 'tap';
import { command } from './command.js';
import { type Namespace, enterNamespace } from './namespace.js';
import { until } from './wait.js';

const DAEMON = '/lib/systemd/systemd-journald';
const SOCKET = '/run/systemd/journal/socket';
const CONFIGURATION = '/run/systemd/journald.conf.d';
/** In memory, without limits, and without kernel messages. */
const SETTINGS = '[Journal]\\nStorage=volatile\\nRateLimitBurst=0\\nReadKMsg=no\\nAudit=\\n';

/** The fields of a record: bytes as latin1. */
export type Entry = ReadonlyMap<string, string>;

export class Journal {
  readonly namespace: Namespace;
  #daemon: ChildProcess | undefined;

  private constructor(namespace: Namespace) {
    this.namespace = namespace;
  }

  /** A namespace prepared for a journal, without journald. */
  static async prepare(t: Test): Promise<Journal> {
    const journal = new Journal(
      await enterNamespace(
        'mount -t tmpfs none /run',
        `mkdir -p /run/log/journal ${CONFIGURATION}`,
        `printf '${SETTINGS}' > ${CONFIGURATION}/test.conf`,
      ),
    );
    t.teardown(async () => {
      await journal.kill();
      journal.namespace.leave();
    });
    return journal;
  }

  /** The same, with a listening journald. */
  static async start(t: Test): Promise<Journal> {
    const journal = await Journal.prepare(t);
    await journal.run();
    return journal;
  }

  /** The words that prefix a command to run in the namespace. */
  prefix(cwd: string): string[] {
    return [...this.namespace.prefix, cwd];
  }

  /** Starts journald. */
  async run(): Promise<void> {
    const socket = `/proc/${this.namespace.pid}/root${SOCKET}`;
    rmSync(socket, { force: true });
    const [program = '', ...words] = [...this.prefix('/'), DAEMON];
    this.#daemon = spawn(program, words, { stdio: 'ignore' });
    await until('journald to listen', () => existsSync(socket));
  }

  signal(signal: NodeJS.Signals): void {
    this.#daemon?.kill(signal);
  }

  async kill(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = once(daemon, 'exit');
    daemon.kill('SIGKILL');
    await ended;
  }

  /** The records of a container, oldest first. */
  async entries(cid: string): Promise<Entry[]> {
    await this.#control('--sync');
    const output = await this.#control('--output=json', '--all', `CONTAINER_ID_FULL=${cid}`);
    return output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => new Map(Object.entries(JSON.parse(line) as object).map(([name, value]) => [name, bytes(value)])));
  }

  async #control(...args: readonly string[]): Promise<string> {
    const result = await command([...this.prefix('/'), 'journalctl', '--no-pager', '--quiet', ...args]);
    // 1: no such record.
    if (result.code !== 0 && result.stderr !== '') throw new Error(`journalctl ${args.join(' ')}: ${result.stderr}`);
    return result.text;
  }
}

/** journalctl prints unprintable text as an array of bytes. */
function bytes(value: unknown): string {
  return (Array.isArray(value) ? Buffer.from(value as number[]) : Buffer.from(String(value))).toString('latin1');
}
