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
  return count === undefined ? UNKNOWN : count.toLocaleString('en');
}

/** As container tools show ids. */
export function shortId(cid: string): string {
  return cid.slice(0, 12);
}
