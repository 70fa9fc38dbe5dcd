/**
 * Text with its control characters as pictures (U+2400 on): a container's output must not steer the terminal of somebody who
 * looks at its log, and a newline at the end is to be seen.
 */
export function visible(text: string): string {
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code === DELETE) return '\u2421';
    return code < SPACE && code !== TAB ? String.fromCodePoint(PICTURES + code) : character;
  }).join('');
}

const TAB = 0x09;
const SPACE = 0x20;
const DELETE = 0x7f;
const PICTURES = 0x2400;
