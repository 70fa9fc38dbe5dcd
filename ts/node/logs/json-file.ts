/**
 * A record of Docker's json-file log: `{"log":"text\n","stream":"stdout","time":"…Z"}`. A text without a newline is a part
 * of a line. Invalid UTF-8 was replaced by U+FFFD when it was written; no reader can undo that.
 */
import { attempt } from '../attempt.js';
import type { LogRecord } from './record.js';
import { isTime } from './time.js';

const NEWLINE = 0x0a;

/** The record in `bytes` from `start` to `end`, which has no newline; undefined when it is malformed. */
export function parseJsonRecord(bytes: Buffer, start: number, end: number): LogRecord | undefined {
  const value: unknown = attempt(() => JSON.parse(bytes.toString('utf8', start, end)));
  if (typeof value !== 'object' || value === null) return undefined;
  const { log, stream, time }: { log?: unknown; stream?: unknown; time?: unknown } = value;
  if (typeof log !== 'string' || typeof time !== 'string' || !isTime(time)) return undefined;
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const text = Buffer.from(log, 'utf8');
  const whole = text.at(-1) === NEWLINE;
  return { time, stream, partial: !whole, text: whole ? text.subarray(0, -1) : text };
}
