import { OPTION_SPECS, type OptionSpec } from './options.js';

const COLUMN = 32;

/** The output of `--help`, from the option table. CRI-O looks for the names of options in it. */
export function helpText(): string {
  let text =
    'Usage:\n  conmon [OPTION...]\n\nMonitors one container for a manager such as Podman or CRI-O.\n\nOptions:\n';
  for (const [name, spec] of Object.entries(OPTION_SPECS)) if (spec.hidden !== true) text += row(name, spec);
  return text;
}

function row(name: string, { short, placeholder, describe }: OptionSpec): string {
  const letter = short === undefined ? '    ' : `-${short}, `;
  const left = `  ${letter}--${name}${placeholder === undefined ? '' : `=${placeholder}`}`;
  const gap = left.length < COLUMN ? ' '.repeat(COLUMN - left.length) : `\n${' '.repeat(COLUMN)}`;
  return `${left}${gap}${describe}\n`;
}
