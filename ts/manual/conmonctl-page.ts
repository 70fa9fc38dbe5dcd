/**
 * conmonctl(1), from the tables of its commands.
 */
import { type CommandText, type Option, placeholderOf } from '../ctl/command.js';
import { example, type Block, type Page, paragraph, synopsis, terms, title } from './roff.js';

/** `version` is that of the package. */
export function conmonctlPage(commands: readonly CommandText[], version: string, revised: string): Page {
  return {
    ...{ name: 'conmonctl', section: 1, purpose: 'set up, inspect and control container monitors', revised },
    source: `conmon-node ${version}`,
    sections: [
      {
        title: 'SYNOPSIS',
        blocks: [
          synopsis(
            ...commands.flatMap(({ name, usage }) => usage.map((line) => `**conmonctl ${name}** ${escaped(line)}`)),
          ),
        ],
      },
      { title: 'DESCRIPTION', blocks: [paragraph(DESCRIPTION), paragraph(BOTH)] },
      { title: 'COMMANDS', blocks: commands.flatMap(commandBlocks) },
      { title: 'EXIT STATUS', blocks: [terms(STATUSES)] },
      { title: 'ENVIRONMENT', blocks: [terms(ENVIRONMENT)] },
      { title: 'SEE ALSO', blocks: [paragraph('**conmon**(8), **podman**(1), **crio**(8)')] },
    ],
  };
}

const DESCRIPTION =
  '**conmonctl** configures container managers to use the monitor of this package, shows what monitors do, sends them requests, and ' +
  'runs containers without a manager. A container is named by its ID, a unique prefix of its ID, or its name.';
const BOTH =
  'It works with monitors of this project and with C conmon. No command needs root for your own containers; about those of other ' +
  'users it shows little. Colours are used on a terminal only.';

const STATUSES = [
  ['0', 'Success, or the reader of the output has gone.'],
  ['125', 'Invalid usage, or an error of conmonctl itself; stderr has the reason and the next step.'],
  ['other', 'See the command.'],
] as const;

const ENVIRONMENT = [
  [
    '**CONMON_BINARY**=*PATH*',
    'A monitor to use instead of the one of this package, for **run**, **setup** and **doctor**.',
  ],
  ['**NO_COLOR**', 'No colours, if set and not empty.'],
  ['**TMPDIR**', 'Where **run** creates its private directory.'],
] as const;

function commandBlocks({
  name,
  summary,
  description,
  positionals,
  options,
  examples,
  statuses,
}: CommandText): readonly Block[] {
  const places = Object.entries(positionals).map(
    ([key, positional]) => [`*${placeholderOf(key, positional)}*`, sentence(positional.describe)] as const,
  );
  return [
    title(`conmonctl ${name}`),
    paragraph(sentence(summary)),
    ...description.map(paragraph),
    terms([...places, ...Object.entries(options).map(([key, option]) => optionTerm(key, option))]),
    ...(statuses.length === 0
      ? []
      : [paragraph('Exit status:'), terms(statuses.map(([status, meaning]) => [status, sentence(meaning)] as const))]),
    paragraph(examples.length === 1 ? 'Example:' : 'Examples:'),
    ...examples.map(([line, purpose]) => example(`# ${purpose}`, line.replaceAll('$0', 'conmonctl'))),
  ];
}

function optionTerm(key: string, option: Option): readonly [string, string] {
  const letter = typeof option.alias === 'string' ? `**-${option.alias}**, ` : '';
  const value =
    option.type === 'boolean'
      ? ''
      : ` *${option.choices === undefined ? (option.placeholder ?? 'VALUE') : option.choices.join('|')}*`;
  const fallback =
    option.default === undefined || String(option.default) === ''
      ? ''
      : ` Default: ${escaped(String(option.default))}.`;
  return [`${letter}**--${key}**${value}`, `${sentence(escaped(option.describe ?? ''))}${fallback}`];
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

/** Text of help has no markup. */
function escaped(text: string): string {
  return text.replaceAll('*', '').replaceAll('`', '');
}
