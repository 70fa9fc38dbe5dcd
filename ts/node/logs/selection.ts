/** Filters the records of a log. */
import type { LogRecord } from './record.js';
import { nanosecondsOf, parseTime } from './time.js';

/**
 * The answer for one record: `other` is not of the stream, `early` before `since`, `over` after `until`, so that no later
 * one is wanted either; `timeless` has no valid time, where one is needed.
 */
export type Verdict = 'wanted' | 'other' | 'early' | 'over' | 'timeless';

/** Judges a record. */
export type Selection = (record: LogRecord) => Verdict;

/** Which records to read; both times are inclusive. */
export interface LogFilter {
  /** No record from before this time: a `Date`, or RFC 3339 with up to nine digits of a second. */
  readonly since?: Date | string | undefined;
  /** No record from after this time. */
  readonly until?: Date | string | undefined;
  /** Records of this stream only. */
  readonly stream?: LogRecord['stream'] | undefined;
}

/** @throws `RangeError` for an invalid time */
export function selection(filter: LogFilter): Selection {
  const since = filter.since === undefined ? undefined : nanosecondsOf(filter.since);
  const until = filter.until === undefined ? undefined : nanosecondsOf(filter.until);
  const ofStream = streamSelection(filter.stream);
  if (since === undefined && until === undefined) return ofStream;
  return (record) => {
    const time = parseTime(record.time);
    if (time === undefined) return 'timeless';
    if (until !== undefined && time > until) return 'over';
    return since !== undefined && time < since ? 'early' : ofStream(record);
  };
}

function streamSelection(stream: LogFilter['stream']): Selection {
  if (stream === undefined) return () => 'wanted';
  return (record) => (record.stream === stream ? 'wanted' : 'other');
}
