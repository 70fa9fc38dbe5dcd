/** The program `journalctl`, started with arguments and without a shell. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type JournalEntry, readExport } from './export-format.js';
import { LogError } from './errors.js';

/** Bytes that are kept of its stderr output. */
const STDERR_BYTES = 4096;

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
    // 1 with no output: no entry matches.
    if (!stopped && child.exitCode !== 0 && stderr !== '') throw new LogError(`journalctl failed: ${stderr.trim()}`);
  } finally {
    child.kill();
  }
}
