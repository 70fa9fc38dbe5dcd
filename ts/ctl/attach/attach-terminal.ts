/**
 * Connects our terminal to that of a container: keys go there as they are typed, the size follows ours.
 */
import { spawnSync } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReadStream, WriteStream } from 'node:tty';
import { type AttachConnection, connectAttach, type Listener } from '../../node/attach.js';
import { resizeTerminal } from '../../node/monitors/control-fifo.js';
import { DetachKeys } from './detach-keys.js';
import { MAX_WINDOW_SIZE } from '../../planner/plan.js';

/** The monitor ends the connection with the container; this is for one that does not. */
const LAST_OUTPUT_MS = 5000;

export interface TerminalOrder {
  readonly socket: string;
  /** The FIFO `ctl`; undefined: the size stays what it is. */
  readonly control: string | undefined;
  /** The only process that may listen there, and to whose user the FIFO must belong if it is another's. */
  readonly listener?: (Listener & { readonly isForeign: boolean }) | undefined;
  /** Undefined: nothing is typed. */
  readonly stdin: Readable | undefined;
  readonly stdout: Writable;
  /** None: there is no way out but the end. */
  readonly detachKeys: Buffer;
}

/** How it came to an end: by the keys, or from the other side. */
export type Parting = 'detached' | 'closed';

export interface TerminalSession {
  readonly parted: Promise<Parting>;
  /** Waits for the last of the output, and gives our terminal back. */
  finish(): Promise<void>;
}

/** Our terminal is in raw mode until {@link TerminalSession.finish}. */
export async function attachTerminal(order: TerminalOrder): Promise<TerminalSession> {
  const { socket, stdin, stdout, listener } = order;
  const connection = await connectAttach(socket, { stdout: show, stderr: show }, listener);
  function show(bytes: Buffer): void {
    if (stdout.write(bytes)) return;
    connection.pause();
    stdout.once('drain', () => connection.resume());
  }
  const closed = connection.closed.then(
    (): Parting => 'closed',
    (): Parting => 'closed',
  );
  const release = [...followSize(order), ...makeRaw(stdin)];
  const detached = forwardKeys(stdin, connection, new DetachKeys(order.detachKeys));
  const giveBack = (): void => {
    for (const undo of release.splice(0)) undo();
    stdin?.destroy();
  };
  return {
    parted: Promise.race([closed, detached]),
    finish: async () => {
      await Promise.race([closed, sleep(LAST_OUTPUT_MS, undefined, { ref: false })]);
      connection.close();
      giveBack();
    },
  };
}

function makeRaw(stdin: Readable | undefined): (() => void)[] {
  if (!(stdin instanceof ReadStream) || !stdin.isTTY) return [];
  stdin.setRawMode(true);
  // Node leaves it on that a newline becomes two characters (libuv, UV_TTY_MODE_RAW); the container's terminal has done that.
  spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
  const restore = (): void => void (stdin.destroyed || stdin.setRawMode(false));
  // Whatever ends us: a shell behind us wants its terminal as it was.
  process.once('exit', restore);
  return [() => process.off('exit', restore), restore];
}

/** A size that cannot be told, because the monitor is about to end, matters to nobody. */
function followSize({ control, stdout, listener }: TerminalOrder): (() => void)[] {
  if (control === undefined || !(stdout instanceof WriteStream) || !stdout.isTTY) return [];
  const tell = (): void => {
    const [rows, columns] = [Math.min(stdout.rows, MAX_WINDOW_SIZE), Math.min(stdout.columns, MAX_WINDOW_SIZE)];
    const owner = listener?.isForeign === true ? listener.uid : undefined;
    void resizeTerminal(control, rows, columns, owner).catch(() => undefined);
  };
  tell();
  stdout.on('resize', tell);
  return [() => void stdout.off('resize', tell)];
}

/** Never fulfilled unless the keys are typed. */
async function forwardKeys(
  stdin: Readable | undefined,
  connection: AttachConnection,
  keys: DetachKeys,
): Promise<Parting> {
  try {
    for await (const chunk of stdin ?? []) {
      const { passed, detached } = keys.feed(Buffer.from(chunk));
      if (passed.length > 0) await connection.write(passed);
      if (!detached) continue;
      connection.close();
      return 'detached';
    }
    connection.end();
  } catch {
    // The container has ended, or closed its input; its end is told elsewhere.
  }
  return new Promise(() => undefined);
}
