/**
 * Text without effect on the terminal of the user who looks at it: control characters become pictures (U+2400 on), and those
 * that have none, or that change the direction of text, become `<U+009B>`. A newline is shown, too.
 */
export function visible(text: string): string {
  return text.replace(CONTROL, picture);
}

/** The same for text of several lines, such as a message with a runtime's stderr output in it. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** A word of the command line in a message. */
export function quoted(word: string): string {
  return visible(JSON.stringify(word));
}

/**
 * Characters that a terminal obeys: C0 but for the tab, DEL and C1 (ECMA-48; U+009B alone begins a control sequence); marks, embeddings and isolates of
 * direction (UAX #9); separators of lines.
 */
// oxlint-disable-next-line no-control-regex -- these characters are what is looked for
export const CONTROL = /[\0-\x08\n-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const SPACE = 0x20;
const DELETE = 0x7f;
const PICTURES = 0x2400;
const PICTURE_OF_DELETE = '\u2421';

function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < SPACE) return String.fromCharCode(PICTURES + code);
  return code === DELETE ? PICTURE_OF_DELETE : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}
