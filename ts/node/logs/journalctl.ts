/** The program `journalctl`, started with arguments and without a shell. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type JournalEntry, readExport } from './export-format.js';
import { LogError } from './errors.js';

/** What is kept of what it says on stderr. */
const WORDS_BYTES = 4096;

/** The entries it prints, until it ends or `stop` is called: then it is killed and what it has printed is the last. */
export async function* journalEntries(
  args: readonly string[],
  onStart: (stop: () => void) => void,
): AsyncGenerator<JournalEntry> {
  const child = spawn('journalctl', ['--quiet', '--no-pager', '--output=export', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let words = '';
  let stopped = false;
  child.stderr.on('data', (piece: Buffer) => (words = (words + piece.toString()).slice(0, WORDS_BYTES)));
  const ended = once(child, 'close');
  // It is looked at below, perhaps later than it fails.
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
    // 1 without a word: there is no such entry.
    if (!stopped && child.exitCode !== 0 && words !== '') throw new LogError(`journalctl failed: ${words.trim()}`);
  } finally {
    child.kill();
  }
}
