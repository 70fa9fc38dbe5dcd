/** Times of log records, RFC 3339 with nanoseconds, of which a `Date` holds only milliseconds. */

const DATE = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`;
const TIME_OF_DAY = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d`;
const OFFSET = String.raw`[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d`;
const RFC3339 = new RegExp(String.raw`^(${DATE}[Tt]${TIME_OF_DAY})(?:\.(\d+))?(${OFFSET})$`);
const NANOSECONDS_A_MILLISECOND = 1_000_000n;
const DIGITS = 9;

/** A point in time; text is RFC 3339 (`2026-11-24T18:10:00.5+05:30`) of which nine digits of a second count. */
export type Time = Date | string;

/**
 * Nanoseconds since 1970-01-01T00:00:00Z.
 *
 * @param time a `Date`, or RFC 3339 (`2026-11-24T18:10:00.5+05:30`) of which nine digits of a second count
 * @throws `RangeError` for an invalid time
 */
export function nanosecondsOf(time: Date | string): bigint {
  const found = typeof time === 'string' ? parseTime(time) : fromMilliseconds(time.getTime());
  if (found === undefined) throw new RangeError(`not a time of RFC 3339: ${JSON.stringify(String(time))}`);
  return found;
}

/**
 * The time of a record; what is finer than a millisecond is cut off.
 *
 * @throws `RangeError` when the record's time is not one of RFC 3339
 */
export function dateOf(record: { readonly time: string }): Date {
  return new Date(Number(nanosecondsOf(record.time) / NANOSECONDS_A_MILLISECOND));
}

/** The whole seconds of the last time that was asked for: records come in runs, and the calendar is slow. */
let lastSecond = '';
let lastNanoseconds = 0n;

/** The same for text that need not be a time: undefined when it is not. */
export function parseTime(text: string): bigint | undefined {
  const [, second, fraction = '', offset] = RFC3339.exec(text) ?? [];
  if (second === undefined || offset === undefined) return undefined;
  const whole = second + offset;
  if (whole !== lastSecond) {
    const found = fromMilliseconds(Date.parse(whole));
    if (found === undefined) return undefined;
    lastSecond = whole;
    lastNanoseconds = found;
  }
  return lastNanoseconds + BigInt(fraction.slice(0, DIGITS).padEnd(DIGITS, '0'));
}

/** Whether text is a time of RFC 3339. */
export function isTime(text: string): boolean {
  return RFC3339.test(text);
}

function fromMilliseconds(milliseconds: number): bigint | undefined {
  return Number.isNaN(milliseconds) ? undefined : BigInt(milliseconds) * NANOSECONDS_A_MILLISECOND;
}
