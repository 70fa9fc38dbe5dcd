/**
 * Bytes and the planner's strings: a byte 0xNN that is not part of valid UTF-8 is the lone surrogate U+DCNN.
 * The table of well-formed sequences is that of the Unicode Standard, section 3.9, as `isUtf8` knows it.
 */
import { isUtf8 } from 'node:buffer';

const LONGEST_CHARACTER = 4;
/** Unpaired surrogates; a pair is one character here. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Bytes as a string of the planner. */
export function decode(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = characterAt(bytes, at);
    text += length === 0 ? stray(bytes.readUInt8(at)) : bytes.toString('utf8', at, at + length);
    at += Math.max(length, 1);
  }
  return text;
}

/** The inverse of {@link decode}. Throws a `RangeError` for a surrogate that represents no byte. */
export function encode(text: string): Buffer {
  if (!LONE_SURROGATE.test(text)) return Buffer.from(text, 'utf8');
  return Buffer.concat(Array.from(text, encodeCharacter));
}

/** How many bytes the well-formed character here has; 0 if it is malformed. */
function characterAt(bytes: Buffer, at: number): number {
  const last = Math.min(LONGEST_CHARACTER, bytes.length - at);
  for (let length = 1; length <= last; length++) {
    if (isUtf8(bytes.subarray(at, at + length))) return length;
  }
  return 0;
}

function stray(byte: number): string {
  return String.fromCharCode(0xdc00 + byte);
}

function encodeCharacter(character: string): Buffer {
  if (!LONE_SURROGATE.test(character)) return Buffer.from(character, 'utf8');
  const code = character.charCodeAt(0);
  if (code < 0xdc80 || code > 0xdcff)
    throw new RangeError(`U+${code.toString(16).toUpperCase()} does not represent a byte`);
  return Buffer.of(code - 0xdc00);
}
