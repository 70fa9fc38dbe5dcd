/** The program `journalctl`, started with arguments and without a shell. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type JournalEntry, readExport } from './export-format.js';
import { LogError } from './errors.js';

/** Bytes that are kept of its stderr output. */
const STDERR_BYTES = 4096;

/** How long journald may take to write what it has received: one that hangs delays nobody for longer. */
const SYNC_MS = 5000;

/**
 * Waits until journald has written to its files what was sent to it before: a sender does not wait for that, so it may have ended already.
 * Does nothing without a journald, or where the caller may not ask it: systemd 252 lets only root do so (journalctl(1), `--sync`).
 */
export async function syncJournal(signal: AbortSignal | undefined): Promise<void> {
  const child = spawn('journalctl', ['--sync'], { stdio: 'ignore', timeout: SYNC_MS });
  const abort = (): void => void child.kill();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    // If it cannot be executed, reading the journal reports that.
    await once(child, 'close').catch(() => undefined);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** The entries it prints, until it exits or is killed by `stop`. */
export async function* journalEntries(
  args: readonly string[],
  onStart: (stop: () => void) => void,
): AsyncGenerator<JournalEntry> {
  const child = spawn('journalctl', ['--quiet', '--no-pager', '--output=export', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  let stopped = false;
  child.stderr.on('data', (piece: Buffer) => (stderr = (stderr + piece.toString()).slice(0, STDERR_BYTES)));
  const ended = once(child, 'close');
  // A failure is reported below.
  ended.catch(() => undefined);
  onStart(() => {
    stopped = true;
    child.kill();
  });
  try {
    yield* readExport(child.stdout);
    await ended.catch((cause: unknown) => {
      throw new LogError('cannot execute journalctl: it comes with systemd', { cause });
    });
    if (!stopped && child.signalCode !== null) throw new LogError(`journalctl was killed by ${child.signalCode}`);
    // 1 with no output: no entry matches.
    if (!stopped && child.exitCode !== 0 && stderr !== '') throw new LogError(`journalctl failed: ${stderr.trim()}`);
  } finally {
    child.kill();
  }
}
