/** How much each container has written since the previous table. */
import type { Statistics } from './statistics.js';
import type { Rates } from './stats-fields.js';

/** Statistics, and when they were taken. */
export interface Snapshot {
  readonly found: readonly Statistics[];
  readonly remarks: string;
  /** In milliseconds, of a monotonic clock. */
  readonly at: number;
}

/** Of the containers that are in both. */
export function ratesSince(before: Snapshot | undefined, { found, at }: Snapshot): Rates {
  const earlier = new Map(before?.found.map((each) => [each.monitor.pid, bytesOf(each)]));
  const seconds = (at - (before?.at ?? at)) / 1000;
  return new Map(
    found.flatMap((each) => {
      const [then, now] = [earlier.get(each.monitor.pid), bytesOf(each)];
      return then === undefined || now === undefined ? [] : [[each.monitor.pid, Math.round((now - then) / seconds)]];
    }),
  );
}

function bytesOf({ counters }: Statistics): number | undefined {
  return counters === null ? undefined : counters.stdout.bytes + counters.stderr.bytes;
}
