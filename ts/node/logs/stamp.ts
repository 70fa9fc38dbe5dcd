/** Recognises the time of a record in the bytes of a log, without making text of them: {@link parseTime} for every line. */

const ZERO = 0x30;
const DASH = 0x2d;
const COLON = 0x3a;
const DOT = 0x2e;
const PLUS = 0x2b;
/** Letters of both cases differ in this bit. */
const LOWER = 0x20;
const LOWER_T = 0x74;
const LOWER_Z = 0x7a;
/** Length of `2026-11-24T18:10:00`. */
const SECONDS = 19;
const NO_NUMBER = 100;

/** Whether the bytes from `start` to `end` are a time of RFC 3339; both functions accept the same. */
export function isStamp(bytes: Buffer, start: number, end: number): boolean {
  if (end - start <= SECONDS || !isDate(bytes, start) || !isTimeOfDay(bytes, start + 'YYYY-MM-DD'.length)) return false;
  let at = start + SECONDS;
  if (bytes[at] === DOT) {
    const first = (at += 1);
    while (at < end && isDigit(bytes[at])) at += 1;
    if (at === first) return false;
  }
  return isOffset(bytes, at, end);
}

function isDate(bytes: Buffer, at: number): boolean {
  const month = two(bytes, at + 5);
  const day = two(bytes, at + 8);
  return (
    two(bytes, at) < NO_NUMBER &&
    two(bytes, at + 2) < NO_NUMBER &&
    bytes[at + 4] === DASH &&
    bytes[at + 7] === DASH &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= 31
  );
}

function isTimeOfDay(bytes: Buffer, at: number): boolean {
  return (
    ((bytes[at] ?? 0) | LOWER) === LOWER_T &&
    two(bytes, at + 1) < 24 &&
    bytes[at + 3] === COLON &&
    two(bytes, at + 4) < 60 &&
    bytes[at + 6] === COLON &&
    two(bytes, at + 7) < 60
  );
}

function isOffset(bytes: Buffer, at: number, end: number): boolean {
  if (end - at === 1) return ((bytes[at] ?? 0) | LOWER) === LOWER_Z;
  if (end - at !== '+01:00'.length || (bytes[at] !== PLUS && bytes[at] !== DASH)) return false;
  return two(bytes, at + 1) < 24 && bytes[at + 3] === COLON && two(bytes, at + 4) < 60;
}

/** The number in two digits; {@link NO_NUMBER} if they are not digits. Without destructuring, which is slow. */
function two(bytes: Buffer, at: number): number {
  const tens = (bytes[at] ?? 0) - ZERO;
  const ones = (bytes[at + 1] ?? 0) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : NO_NUMBER;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9;
}
