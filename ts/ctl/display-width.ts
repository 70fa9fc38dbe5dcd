/** How many columns of a terminal text takes. The package string-width knows more about emoji, but takes 30 ms to load. */
import { eastAsianWidth } from 'get-east-asian-width';

const ASCII = /^[ -~]*$/;
/** Begins with a mark or a character of format, which takes no column by itself. */
const NO_WIDTH = /^[\p{Mark}\p{Format}\p{Default_Ignorable_Code_Point}]/u;
const ELLIPSIS = '…';

function segmentsOf(text: string): Iterable<Intl.SegmentData> {
  return new Intl.Segmenter().segment(text);
}

/** Wide characters take two columns, combining ones none. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  return [...segmentsOf(text)].reduce((sum, { segment }) => sum + widthOf(segment), 0);
}

/** The text, or as much of its beginning as fits with an ellipsis. */
export function cutTo(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width <= 0) return '';
  let cut = '';
  let room = width - 1;
  for (const { segment } of segmentsOf(text)) {
    room -= widthOf(segment);
    if (room < 0) break;
    cut += segment;
  }
  return cut + ELLIPSIS;
}

/** The width of a grapheme: that of its first code point. */
function widthOf(segment: string): number {
  return NO_WIDTH.test(segment) ? 0 : eastAsianWidth(segment.codePointAt(0) ?? 0);
}
