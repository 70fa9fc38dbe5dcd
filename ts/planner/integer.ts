/**
 * Numbers as strtol(3) reads them, which is what GOption uses: white space, a sign, then decimal, or `0x` hexadecimal,
 * or `0` octal. Nothing may follow, and an empty text is not a number.
 */

/** The ranges that options have. */
export type IntegerType = 'int32' | 'int64';

/** The number, or what is wrong with the text. */
export type Integer = number | 'malformed' | 'out of range';

const TWO_TO_31 = 0x80000000;
const TWO_TO_32 = 0x100000000;

/**
 * Reads a whole text as a number of this type. What an `int64` has beyond ±(2^53−1) is cut to that: no size or time
 * comes near, and the plan's numbers stay exact.
 */
export function parseInteger(text: string, type: IntegerType): Integer {
  const scan = scanInteger(text, 0);
  if (scan.end !== text.length || scan.end === 0) return 'malformed';
  return valueOf(scan, type) ?? 'out of range';
}

/** The decimal number at the start of a text and where it ends (0 if there is none); null when no int32 can hold it. */
export function leadingDecimal(text: string): { readonly value: number | null; readonly end: number } {
  const scan = scanInteger(text, 10);
  return { value: valueOf(scan, 'int32'), end: scan.end };
}

interface Scan {
  readonly negative: boolean;
  /** The magnitude is high × 2^32 + low: doubles alone cannot distinguish 2^63 from 2^63−1. */
  readonly high: number;
  readonly low: number;
  /** Index after the last digit; 0 if there is none. */
  readonly end: number;
}

function scanInteger(text: string, radix: 0 | 10): Scan {
  let at = 0;
  while (isSpace(text.charCodeAt(at))) at += 1;
  const negative = text[at] === '-';
  if (negative || text[at] === '+') at += 1;
  let base: number = radix;
  if (base === 0) {
    base = text[at] === '0' ? 8 : 10;
    if (base === 8 && (text[at + 1] === 'x' || text[at + 1] === 'X') && digitOf(text.charCodeAt(at + 2)) < 16) {
      base = 16;
      at += 2;
    }
  }
  let high = 0;
  let low = 0;
  const first = at;
  for (let digit = digitOf(text.charCodeAt(at)); digit < base; digit = digitOf(text.charCodeAt(at))) {
    low = low * base + digit;
    const carry = Math.floor(low / TWO_TO_32);
    low -= carry * TWO_TO_32;
    high = high * base + carry;
    at += 1;
  }
  return { negative, high, low, end: at === first ? 0 : at };
}

function valueOf({ negative, high, low }: Scan, type: IntegerType): number | null {
  const upper = type === 'int64' ? high : high * TWO_TO_32 + low;
  const atLowerBound = negative && upper === TWO_TO_31 && (type === 'int32' || low === 0);
  if (upper >= TWO_TO_31 && !atLowerBound) return null;
  const magnitude = Math.min(high * TWO_TO_32 + low, Number.MAX_SAFE_INTEGER);
  return negative && magnitude !== 0 ? -magnitude : magnitude;
}

/** The value of a digit or letter; beyond every base for all others. */
function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : 99;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}
