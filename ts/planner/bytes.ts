/** Lengths in bytes of the strings that `plan.ts` describes: UTF-8, in which a lone surrogate U+DCNN is one byte. */

/** How many bytes the text is for the kernel. */
export function byteLength(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at += charactersAt(text, at)) bytes += bytesAt(text, at);
  return bytes;
}

/** The longest start of the text that has at most `limit` bytes; no character is cut in two. */
export function bytePrefix(text: string, limit: number): string {
  let bytes = 0;
  let at = 0;
  while (at < text.length) {
    bytes += bytesAt(text, at);
    if (bytes > limit) break;
    at += charactersAt(text, at);
  }
  return text.slice(0, at);
}

/** The text without its last character. */
export function withoutLast(text: string): string {
  return text.slice(0, isPair(text, text.length - 2) ? -2 : -1);
}

/** How many UTF-16 units the character at this index has. */
function charactersAt(text: string, at: number): 1 | 2 {
  return isPair(text, at) ? 2 : 1;
}

function bytesAt(text: string, at: number): 1 | 2 | 3 | 4 {
  const code = text.charCodeAt(at);
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  if (isPair(text, at)) return 4;
  return code >= 0xdc80 && code <= 0xdcff ? 1 : 3;
}

function isPair(text: string, at: number): boolean {
  const first = text.charCodeAt(at);
  const second = text.charCodeAt(at + 1);
  return first >= 0xd800 && first <= 0xdbff && second >= 0xdc00 && second <= 0xdfff;
}
