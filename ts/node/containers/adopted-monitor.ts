/**
 * A monitor that an earlier program has started. The pipe on which it reports ended with that program, so the directory of
 * its exit file is watched while `ended` is awaited.
 */
import { type FSWatcher, watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from '../bytes.js';
import { Wakeup } from '../logs/wakeup.js';
import type { MonitorLink } from './monitor-link.js';

const LONGEST_INTERVAL = 2 ** 31 - 1;
/** How often to look whether the monitor was killed, which changes no file. */
const WATCHED_MS = 2000;
/** How often to look where the directory cannot be watched. */
const UNWATCHED_MS = 200;

export class AdoptedMonitor implements MonitorLink {
  readonly isLazy = true;
  readonly #hasEnded: () => Promise<boolean>;
  readonly #exits: string;
  readonly #interval: number;
  #ended: Promise<void> | undefined;

  /**
   * @param hasEnded whether the exit is reported, or the monitor is gone
   * @param exits the directory of its exit file
   */
  constructor(hasEnded: () => Promise<boolean>, exits: string, interval = WATCHED_MS) {
    this.#hasEnded = hasEnded;
    this.#exits = exits;
    this.#interval = interval;
  }

  get ended(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async waitFor<T>(promise: Promise<T>): Promise<T> {
    const alive = setInterval(() => undefined, LONGEST_INTERVAL);
    try {
      return await promise;
    } finally {
      clearInterval(alive);
    }
  }

  unref(): void {
    // Nothing keeps the program alive but `waitFor`.
  }

  async #end(): Promise<void> {
    const wakeup = new Wakeup();
    const watcher = watched(this.#exits, wakeup);
    const interval = watcher === undefined ? UNWATCHED_MS : this.#interval;
    try {
      while (!(await this.#hasEnded())) {
        await Promise.race([wakeup.wait(), sleep(interval, undefined, { ref: false })]);
      }
    } finally {
      watcher?.close();
    }
  }
}

/** Undefined where inotify(7) cannot watch the directory. */
function watched(directory: string, wakeup: Wakeup): FSWatcher | undefined {
  try {
    const watcher = watch(encode(directory), { persistent: false }, () => wakeup.ring());
    return watcher.on('error', () => wakeup.ring());
  } catch {
    return undefined;
  }
}
