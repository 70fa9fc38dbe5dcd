/**
 * Quantities in words, and `-` for what is not known.
 */
import prettyBytes from 'pretty-bytes';
import prettyMilliseconds from 'pretty-ms';

export const UNKNOWN = '-';

/** `1.5 MiB` */
export function bytesText(bytes: number | undefined): string {
  return bytes === undefined ? UNKNOWN : prettyBytes(bytes, { binary: true });
}

/** The largest unit that it has: `3h`. */
export function durationText(milliseconds: number): string {
  return prettyMilliseconds(Math.max(0, milliseconds), { compact: true });
}

/** `12,345` */
export function countText(count: number | undefined): string {
  // Not with toLocaleString, which loads the data of a language first: 20 ms.
  return count === undefined ? UNKNOWN : String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

const WHOLE_ID = /^[0-9a-f]{64}$/;
const SHORT_ID = 12;

/** An id as container tools show it: a generated one is shortened, any other is whole. */
export function shortId(cid: string): string {
  return WHOLE_ID.test(cid) ? cid.slice(0, SHORT_ID) : cid;
}
