/**
 * What `stats` knows about each container: its monitor, and the live counters if it has any.
 */
import type { Counters } from '../../node/monitors/counter-values.js';
import type { MonitorInfo } from '../../node/monitors/info.js';
import { describeMonitors } from '../../node/monitors/monitors.js';
import { findMonitor, othersText } from './find.js';

export interface Statistics {
  readonly monitor: MonitorInfo;
  /** Null: they cannot be read, for the reason in `unavailable`. */
  readonly counters: Counters | null;
  readonly unavailable?: 'no counters' | 'no such process' | 'permission denied';
}

/** What was found, and which other claims are reported to the user. */
export interface FoundStatistics {
  readonly found: readonly Statistics[];
  /** Lines. */
  readonly remarks: string;
}

/** Of the containers that are named, or of all, including their exec sessions. */
export async function statistics(words: readonly string[]): Promise<FoundStatistics> {
  const all = (await describeMonitors()).map(({ info, counters }) =>
    'counters' in counters
      ? { monitor: info, counters: counters.counters }
      : { monitor: info, counters: null, unavailable: counters.unavailable },
  );
  if (words.length === 0) return { found: all, remarks: '' };
  const monitors = all.map(({ monitor }) => monitor);
  const named = words.map((word) => ({ word, match: findMonitor(word, monitors) }));
  return {
    found: named.flatMap(({ match }) => all.filter(({ monitor }) => monitor === match.monitor)),
    remarks: named.map(({ word, match }) => othersText(word, match)).join(''),
  };
}
