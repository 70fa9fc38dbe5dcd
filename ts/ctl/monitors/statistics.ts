/**
 * What `stats` knows of each container: its monitor, and the live counters if that one has any.
 */
import type { Counters } from '../../node/counters.js';
import type { MonitorInfo } from '../../node/monitors/info.js';
import { monitors } from '../../node/monitors/monitors.js';
import { readCounters } from '../../node/read-counters.js';
import { findMonitor } from './find.js';

export interface Statistics {
  readonly monitor: MonitorInfo;
  /** Null: there are none to be had, for the reason in `unavailable`. */
  readonly counters: Counters | null;
  readonly unavailable?: 'no counters' | 'no such process' | 'permission denied';
}

/** Of the containers that are named, or of all, and of further processes in them. */
export async function statistics(words: readonly string[]): Promise<readonly Statistics[]> {
  const all = await monitors();
  const wanted = words.length === 0 ? all : words.map((word) => findMonitor(word, all));
  return wanted.map((monitor) => {
    const answer = readCounters(monitor.pid, monitor.cid);
    return 'counters' in answer
      ? { monitor, counters: answer.counters }
      : { monitor, counters: null, unavailable: answer.unavailable };
  });
}
