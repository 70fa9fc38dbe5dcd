/**
 * JSON whose integers may have 64 bits, as limits in a config.json do. `JSON.parse` rounds those above 2^53, and a runtime refuses
 * the result when it exceeds its type.
 */

/** Text, or an integer of sixteen digits or more. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;
const MARK = '\0integer:';
const MARKED = /"\\u0000integer:(-?\d+)"/g;

/** Parses; a large integer becomes a marked string, which {@link integersToJson} writes as the number that it was. */
export function integersFromJson(text: string): unknown {
  return JSON.parse(text.replace(TOKEN, (token) => (token.startsWith('"') ? token : JSON.stringify(MARK + token))));
}

/** The inverse of {@link integersFromJson}. */
export function integersToJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(MARKED, '$1');
}
