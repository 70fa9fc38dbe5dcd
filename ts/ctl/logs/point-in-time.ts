/**
 * Points in time as people write them: RFC 3339, a day, seconds since 1970, or how long ago.
 */
import { nanosecondsOf, type Time } from '../../node/logs/time.js';
import { CtlError } from '../error.js';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const SECONDS = /^\d+(?:\.\d+)?$/;
/** A time without an offset is local. */
const LOCAL = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?$/;

/** `now` in milliseconds. Throws a {@link CtlError}. */
export function pointInTime(text: string, now: number = Date.now()): Time {
  if (DURATION.test(text)) return new Date(now - milliseconds(text));
  if (SECONDS.test(text)) return new Date(Number(text) * 1000);
  if (LOCAL.test(text)) {
    // Date.parse reads a date without a time as UTC.
    const date = new Date(text.length === 'YYYY-MM-DD'.length ? `${text}T00:00` : text.replace(' ', 'T'));
    if (!Number.isNaN(date.getTime())) return date;
  }
  try {
    nanosecondsOf(text);
    return text;
  } catch {
    const advice = 'For example 10m, 1h30m, 2d (ago), 2026-11-24, 2026-11-24T18:10:00, 2026-11-24T18:10:00.5+01:00.';
    throw new CtlError(`this is not a time: ${JSON.stringify(text)}`, { advice });
  }
}

function milliseconds(text: string): number {
  return [...text.matchAll(PART)].reduce((sum, [, amount, unit]) => sum + Number(amount) * factor(unit), 0);
}

function factor(unit: string | undefined): number {
  return Object.entries(UNITS).find(([name]) => name === unit)?.[1] ?? 0;
}
