/**
 * The whole text about an option, for each kind of page.
 */
import { OPTIONS, OPTION_SPECS, type OptionName } from '../planner/options.js';

/** Every option, in the order of the table. */
export const OPTION_NAMES: readonly OptionName[] = Object.keys(OPTION_SPECS).filter(isOption);

function isOption(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}

/**
 * The line of `--help` and the details, as sentences.
 *
 * @param mark how another option that the text mentions is written, from its name
 */
export function optionText(name: OptionName, mark: (other: string) => string): string {
  const { describe, details } = OPTIONS[name];
  const text = `${describe}. ${details}`.trim();
  // What is between backticks is code already.
  return text
    .split(/(`[^`]*`)/)
    .map((piece) => (piece.startsWith('`') ? piece : piece.replaceAll(/--([a-z][a-z-]*)/g, (_, other) => mark(other))))
    .join('');
}

/** Breaks a text at spaces into lines of at most `width` characters, all but the first after `indent`. */
export function wrapped(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width - (lines.length === 0 ? 0 : indent.length)) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].join(`\n${indent}`);
}
