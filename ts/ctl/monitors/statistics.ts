/**
 * What `stats` knows of each container: its monitor, and the live counters if that one has any.
 */
import type { Counters } from '../../node/monitors/counters.js';
import type { MonitorInfo } from '../../node/monitors/info.js';
import { describeMonitors } from '../../node/monitors/monitors.js';
import { findMonitor, othersText } from './find.js';

export interface Statistics {
  readonly monitor: MonitorInfo;
  /** Null: there are none to be had, for the reason in `unavailable`. */
  readonly counters: Counters | null;
  readonly unavailable?: 'no counters' | 'no such process' | 'permission denied';
}

/** Of the containers that are named, or of all, including their exec sessions. */
export async function statistics(words: readonly string[]): Promise<readonly Statistics[]> {
  const all = (await describeMonitors()).map(({ info, counters }) =>
    'counters' in counters
      ? { monitor: info, counters: counters.counters }
      : { monitor: info, counters: null, unavailable: counters.unavailable },
  );
  return words.length === 0 ? all : words.flatMap((word) => named(word, all));
}

function named(word: string, all: readonly Statistics[]): readonly Statistics[] {
  const monitors = all.map(({ monitor }) => monitor);
  const found = findMonitor(word, monitors);
  process.stderr.write(othersText(word, found));
  return all.filter(({ monitor }) => monitor === found.monitor);
}
