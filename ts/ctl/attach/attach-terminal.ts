/**
 * Connects our terminal to that of a container: keys are sent as they are typed, and its size follows our terminal.
 */
import { spawnSync } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { ReadStream, WriteStream } from 'node:tty';
import type { Attachment, AttachTarget } from '../../node/attachment.js';
import { MAX_WINDOW_SIZE } from '../../planner/constants.js';
import { DetachKeys } from './detach-keys.js';
import { showAttached } from './show.js';

/** Our side of the connection. */
export interface OurTerminal {
  /** Undefined: nothing is typed. */
  readonly stdin: Readable | undefined;
  readonly stdout: Writable;
  /** Empty: only the exit of the container ends the session. */
  readonly detachKeys: Buffer;
}

/** How the session ended: by the keys, or from the other side. */
export type Parting = 'detached' | 'closed';

export interface TerminalSession {
  readonly parted: Promise<Parting>;
  /** Waits for the rest of the output, and restores our terminal. */
  finish(): Promise<void>;
}

/** Our terminal is in raw mode until {@link TerminalSession.finish}. */
export async function attachTerminal(target: AttachTarget | Attachment, ours: OurTerminal): Promise<TerminalSession> {
  const { stdin, stdout } = ours;
  const { attachment, closed, leave } = await showAttached(target, { stdout, stderr: stdout });
  const restore = [...followSize(attachment, stdout), ...makeRaw(stdin)];
  let parting: Parting = 'closed';
  void forwardKeys(stdin, attachment, new DetachKeys(ours.detachKeys), () => {
    parting = 'detached';
    attachment.detach();
  });
  return {
    parted: closed.then(() => parting),
    finish: async () => {
      await leave();
      for (const undo of restore.splice(0)) undo();
      stdin?.destroy();
    },
  };
}

function makeRaw(stdin: Readable | undefined): (() => void)[] {
  if (!(stdin instanceof ReadStream) || !stdin.isTTY) return [];
  stdin.setRawMode(true);
  // Node keeps the translation of newlines (libuv, UV_TTY_MODE_RAW); the container's terminal has done that already.
  spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
  const restore = (): void => void (stdin.destroyed || stdin.setRawMode(false));
  // However we exit: our shell needs its terminal as it was.
  process.once('exit', restore);
  return [() => process.off('exit', restore), restore];
}

/** A resize fails only when the monitor is about to end: then the size does not matter. */
function followSize(attachment: Attachment, stdout: Writable): (() => void)[] {
  if (!(stdout instanceof WriteStream) || !stdout.isTTY) return [];
  const resize = (): void => {
    void attachment
      .resize(Math.min(stdout.rows, MAX_WINDOW_SIZE), Math.min(stdout.columns, MAX_WINDOW_SIZE))
      .catch(() => undefined);
  };
  resize();
  stdout.on('resize', resize);
  return [() => void stdout.off('resize', resize)];
}

async function forwardKeys(
  stdin: Readable | undefined,
  attachment: Attachment,
  keys: DetachKeys,
  onDetach: () => void,
): Promise<void> {
  try {
    for await (const chunk of stdin ?? []) {
      const { passed, detached } = keys.feed(Buffer.from(chunk));
      if (passed.length > 0) await written(attachment, passed);
      if (detached) return onDetach();
    }
    attachment.end();
  } catch {
    // The container has exited, or closed its input.
  }
}

/** Waits until the bytes have been sent: what is still queued when the connection is left would be lost. */
function written(attachment: Attachment, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => void attachment.write(bytes, () => resolve()));
}
