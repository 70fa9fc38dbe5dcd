/**
 * JSON in one line without effect on a terminal: `JSON.stringify` escapes control characters below U+0020 only.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(STEERING, escape);
}

/** DEL and C1, and what changes the direction of text; see `visible`. */
const STEERING = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
