/**
 * The list of options for docs/parity.md.
 */
import { OPTION_SPECS, type OptionName } from '../planner/options.js';
import { OPTION_NAMES, optionText, wrapped } from './option-text.js';

const WIDTH = 130;

/** An item for each option, hidden ones included, in the order of the table. */
export function optionsInDocs(): string {
  return OPTION_NAMES.map((name) => wrapped(`- ${item(name)}`, WIDTH, '  ')).join('\n');
}

function item(name: OptionName): string {
  const { short, placeholder, kind, hidden, since } = OPTION_SPECS[name] ?? {};
  const value = placeholder === undefined ? '' : ` ${placeholder}`;
  const forms = [`\`--${name}${value}\``, ...(short === undefined ? [] : [`\`-${short}${value}\``])].join(', ');
  const number = kind === 'int' ? ['32-bit number'] : kind === 'int64' ? ['64-bit number'] : [];
  const remarks = [...number, ...(hidden === true ? ['hidden'] : []), ...(since === undefined ? [] : [`_${since}_`])];
  const remark = remarks.length === 0 ? '' : ` (${remarks.join(', ')})`;
  return `${forms}${remark}: ${optionText(name, (other) => `\`--${other}\``)}`;
}
