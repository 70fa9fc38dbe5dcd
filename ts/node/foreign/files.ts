/** How the files of a monitor are read: those of a trusted one directly, those of another user's within limits. */
import { constants } from 'node:os';
import { addon } from '../native/load-addon.js';
import { encode } from '../bytes.js';
import { type FileBeginning, findRegular, type Found, present, readRegular } from './read-regular.js';

/** A file that is to be read. */
export interface FileRequest {
  readonly path: string;
  /** Bytes that are read at most. */
  readonly limit: number;
  /** Only a file of this user. */
  readonly owner?: number | undefined;
}

/** Reads regular files that a process names, and those of `/proc` that it provides. */
export interface Files {
  /** The beginning of a file; undefined if it does not exist. */
  read(path: string, limit: number, owner?: number): Promise<FileBeginning | undefined>;
  /** The beginnings of several files, one after the other: after one that blocks, nothing is found. */
  findAll(requests: readonly FileRequest[]): readonly Promise<Found>[];
  /** Whether the time is over: then nothing more is found. */
  readonly isOver: boolean;
}

/** Root's, and our own. */
export const TRUSTED: Files = {
  read: async (path, limit, owner) => readRegular(path, limit, owner),
  findAll: (requests) => requests.map(async ({ path, limit, owner }) => findRegular(path, limit, owner)),
  isOver: false,
};

/** Threads for one user that may hang at the same time; other reads for that user wait. */
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
      read: async (path, limit, owner) => present(await this.#findAll(queue, [{ path, limit, owner }])[0]),
      findAll: (requests) => this.#findAll(queue, requests),
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
    await new Promise<void>((resolve) => start([{ path: CONTROL, limit: 1 }], () => resolve()));
    this.end();
  }

  #findAll(queue: Queue, requests: readonly FileRequest[]): readonly Promise<Found>[] {
    if (this.#over || requests.length === 0) return requests.map(() => Promise.resolve(undefined));
    const settle: ((found: Found) => void)[] = [];
    const answers = requests.map(() => new Promise<Found>((resolve) => settle.push(resolve)));
    const giveUp = (): void => {
      for (const resolve of settle) resolve(undefined);
    };
    this.#atEnd.add(giveUp);
    let left = requests.length;
    const run = (): void => {
      queue.running += 1;
      start(requests, (index, found) => {
        settle[index]?.(this.#over ? undefined : found);
        left -= 1;
        if (left > 0) return;
        queue.running -= 1;
        this.#atEnd.delete(giveUp);
        queue.waiting.shift()?.();
      });
    };
    if (queue.running < AT_A_TIME) run();
    else queue.waiting.push(run);
    return answers;
  }
}

/**
 * Calls `onFound` for each file. Without the addon, as where no package was made for the platform, files are read directly:
 * then one that hangs delays us.
 */
function start(requests: readonly FileRequest[], onFound: (index: number, found: Found) => void): void {
  try {
    const files = requests.map(({ path, limit, owner }) => ({
      path: encode(path),
      limit,
      ...(owner === undefined ? {} : { owner }),
    }));
    addon().readForeignFiles(files, (index, errno, bytes, size) => {
      onFound(index, errno === 0 ? { bytes, size } : errno === constants.errno.ENOENT ? 'absent' : undefined);
    });
  } catch {
    for (const [index, { path, limit, owner }] of requests.entries()) onFound(index, findRegular(path, limit, owner));
  }
}
