/** Which records of a log are wanted. */
import type { LogRecord, LogStream } from './record.js';
import { nanosecondsOf, parseTime, type Time } from './time.js';

/**
 * The answer for one record: `other` is not of the stream, `early` before `since`, `over` after `until`, so that no later
 * one is wanted either; `timeless` has no valid time, where one is needed.
 */
export type Verdict = 'wanted' | 'other' | 'early' | 'over' | 'timeless';

/** Judges a record. */
export type Selection = (record: LogRecord) => Verdict;

/** What is wanted; both times are inclusive. */
export interface Wanted {
  /** No record from before this time. */
  readonly since?: Time | undefined;
  /** No record from after this time. */
  readonly until?: Time | undefined;
  /** Records of this stream only. */
  readonly stream?: LogStream | undefined;
}

/** @throws `RangeError` when a time is none */
export function selection(wanted: Wanted): Selection {
  const since = wanted.since === undefined ? undefined : nanosecondsOf(wanted.since);
  const until = wanted.until === undefined ? undefined : nanosecondsOf(wanted.until);
  const ofStream = streamSelection(wanted.stream);
  if (since === undefined && until === undefined) return ofStream;
  return (record) => {
    const time = parseTime(record.time);
    if (time === undefined) return 'timeless';
    if (until !== undefined && time > until) return 'over';
    return since !== undefined && time < since ? 'early' : ofStream(record);
  };
}

function streamSelection(stream: LogStream | undefined): Selection {
  if (stream === undefined) return () => 'wanted';
  return (record) => (record.stream === stream ? 'wanted' : 'other');
}
