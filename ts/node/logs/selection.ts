/** Filters the records of a log. */
import type { ReadLogOptions } from './options.js';
import type { LogRecord } from './record.js';
import { nanosecondsOf, parseTime } from './time.js';

/** Whether a record is wanted. */
export type Selection = (record: LogRecord) => boolean;

/** Which records to read; both times are inclusive. */
export type LogFilter = Pick<ReadLogOptions, 'since' | 'until' | 'stream'>;

/** @throws `RangeError` for an invalid time */
export function selection(filter: LogFilter): Selection {
  const since = filter.since === undefined ? undefined : nanosecondsOf(filter.since);
  const until = filter.until === undefined ? undefined : nanosecondsOf(filter.until);
  const ofStream = streamSelection(filter.stream);
  if (since === undefined && until === undefined) return ofStream;
  // Each record is judged by itself: a clock that is set back makes later records earlier ones.
  return (record) => {
    if (!ofStream(record)) return false;
    const time = parseTime(record.time);
    return time !== undefined && (since === undefined || time >= since) && (until === undefined || time <= until);
  };
}

function streamSelection(stream: LogFilter['stream']): Selection {
  if (stream === undefined) return () => true;
  return (record) => record.stream === stream;
}
