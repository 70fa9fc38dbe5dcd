/** How the files of a monitor are read: those of a trusted one directly, those of another user's within limits. */
import { addon } from '../native/load-addon.js';
import { encode } from '../bytes.js';
import { type FileBeginning, readRegular } from './read-regular.js';

/** Reads files that a process names, and those of `/proc` that it provides. */
export interface Files {
  /** At most `limit` bytes of a regular file, with `owner` only one of that user; undefined when there are none. */
  read(path: string, limit: number, owner?: number): Promise<FileBeginning | undefined>;
  /** Whether the time is over: then nothing more is found. */
  readonly isOver: boolean;
}

/** Root's, and our own. */
export const TRUSTED: Files = {
  read: async (path, limit, owner) => readRegular(path, limit, owner),
  isOver: false,
};

/** Reads of one user that may hang at the same time; the others of that user wait. */
const AT_A_TIME = 64;
/** The file that shows that reads are still answered. */
const CONTROL = '/proc/self/stat';
/** A machine on which even that takes longer is not worth waiting for. */
const LONGEST_MS = 2000;

interface Queue {
  running: number;
  readonly waiting: (() => void)[];
}

/**
 * Reads for the processes of other users, all of which together get a limited time. A read that never returns costs a thread
 * that ends with this process, and keeps no other user's from being read.
 */
export class ForeignFiles {
  #over = false;
  readonly #queues = new Map<number, Queue>();
  readonly #atEnd = new Set<() => void>();
  #timer: NodeJS.Timeout;

  constructor(milliseconds: number) {
    this.#timer = setTimeout(() => void this.#lastChance(), milliseconds);
  }

  /** The files that processes of this user name. */
  of(uid: number): Files {
    const queue = this.#queues.get(uid) ?? { running: 0, waiting: [] };
    this.#queues.set(uid, queue);
    const isOver = (): boolean => this.#over;
    return {
      read: (path, limit, owner) => this.#read(queue, path, limit, owner),
      get isOver() {
        return isOver();
      },
    };
  }

  /** Nothing more is read: every read that has not returned finds nothing. */
  end(): void {
    clearTimeout(this.#timer);
    this.#over = true;
    for (const queue of this.#queues.values()) queue.waiting.length = 0;
    for (const settle of this.#atEnd) settle();
    this.#atEnd.clear();
  }

  /** The time is over; but on a busy machine the first thread may not have run yet. */
  async #lastChance(): Promise<void> {
    // The reads do not keep the event loop alive, this does.
    this.#timer = setTimeout(() => this.end(), LONGEST_MS);
    await start(CONTROL, 1, undefined);
    this.end();
  }

  #read(queue: Queue, path: string, limit: number, owner: number | undefined): Promise<FileBeginning | undefined> {
    if (this.#over) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const giveUp = (): void => resolve(undefined);
      this.#atEnd.add(giveUp);
      const run = async (): Promise<void> => {
        queue.running += 1;
        const found = this.#over ? undefined : await start(path, limit, owner);
        queue.running -= 1;
        queue.waiting.shift()?.();
        this.#atEnd.delete(giveUp);
        resolve(found);
      };
      if (queue.running < AT_A_TIME) void run();
      else queue.waiting.push(() => void run());
    });
  }
}

/** Without the addon, which does not exist for musl, files are read directly: then one that hangs delays us. */
async function start(path: string, limit: number, owner: number | undefined): Promise<FileBeginning | undefined> {
  try {
    const { readForeign } = addon();
    return await new Promise((resolve) => {
      readForeign(encode(path), limit, owner, (errno, bytes, size) =>
        resolve(errno === 0 ? { bytes, size } : undefined),
      );
    });
  } catch {
    return readRegular(path, limit, owner);
  }
}
