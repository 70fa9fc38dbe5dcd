/**
 * The options as the library types them.
 */
import { camelCase } from '../node/conmon-options.js';
import { OPTION_SPECS, type OptionKind, type OptionName } from '../planner/options.js';
import { OPTION_NAMES, optionText, wrapped } from './option-text.js';

/** Of a comment's text, after its indent and asterisk. */
const WIDTH = 115;

/** `ts/node/conmon-option-types.ts`. */
export function optionsInTypeScript(): string {
  const members = OPTION_NAMES.filter((name) => OPTION_SPECS[name]?.commandLineOnly !== true).map(member);
  return `/** The options of \`conmon\`, typed. Generated from the option table by \`npm run manuals\`. */

/**
 * Options of \`conmon\`; the option \`--log-path\` is \`logPath\`. A member that is undefined is not passed. In strings, a byte that
 * is not valid UTF-8 is the lone surrogate U+DCNN. docs/parity.md lists them beside those of C conmon.
 */
export interface ConmonOptions {
${members.join('\n')}
}
`;
}

function member(name: OptionName): string {
  const text = optionText(name, (other) => `\`${camelCase(other)}\``);
  const comment =
    text.length + 4 <= WIDTH
      ? `  /** ${text} */`
      : `  /**\n   * ${wrapped(text, WIDTH, ' * ').replaceAll('\n *', '\n   *')}\n   */`;
  return `${comment}\n  readonly ${camelCase(name)}?: ${typeOf(OPTION_SPECS[name]?.kind ?? 'help')} | undefined;`;
}

function typeOf(kind: OptionKind): string {
  switch (kind) {
    case 'help':
      return 'never';
    case 'flag':
      return 'boolean';
    case 'string':
      return 'string';
    case 'strings':
      return 'readonly string[]';
    case 'int':
    case 'int64':
      return 'number';
  }
}
