import { CONTROL } from './visible.js';

/**
 * JSON in one line without effect on a terminal: `JSON.stringify` escapes control characters below U+0020 only.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(CONTROL, escape);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
