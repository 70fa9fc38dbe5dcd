/**
 * Completion for bash: bash(1), "Programmable Completion".
 */
import { type CompletedCommand, type CompletedOption, type Program, spellingsOf, type Value } from './program.js';

/** The script, to be sourced. It needs no bash-completion package. */
export function bashScript({ name, title, options, commands }: Program): string {
  const body =
    commands.length === 0
      ? wordsOf(options, '  ')
      : [...cases(options, '  '), ...withCommands(name, options, commands)];
  return `# bash completion for ${title}
_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  # "=" is a word of its own in bash.
  if [[ $current == "=" ]]; then current=
  elif [[ $previous == "=" ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
${body.join('\n')}
}
complete -F _${name} ${name}
`;
}

function withCommands(
  name: string,
  options: readonly CompletedOption[],
  commands: readonly CompletedCommand[],
): readonly string[] {
  const names = commands.map((command) => command.name);
  return [
    '  local at command=',
    '  for ((at = 1; at < COMP_CWORD; at++)); do',
    `    case \${COMP_WORDS[at]} in ${names.join('|')}) command=\${COMP_WORDS[at]}; break ;; esac`,
    '  done',
    '  case $command in',
    ...commands.flatMap((command) => [`    ${command.name})`, ...ofCommand(name, command), '      ;;']),
    `    *) ${oneOf([...names, ...spellingsOf(options)])} ;;`,
    '  esac',
  ];
}

function ofCommand(name: string, { options, operand }: CompletedCommand): readonly string[] {
  const indent = '      ';
  // The last word is the one to be completed.
  const ask = `mapfile -t COMPREPLY < <(${name} --get-yargs-completions "\${COMP_WORDS[@]:0:COMP_CWORD}" "$current" 2>/dev/null)`;
  const isOption = '[[ $current == -* ]]';
  if (typeof operand !== 'string') return [...wordsOf(options, indent), `${indent}${isOption} || ${oneOf(operand)}`];
  switch (operand) {
    case 'none':
      return wordsOf(options, indent);
    case 'container':
    case 'containers':
      return [...wordsOf(options, indent), `${indent}${isOption} || ${ask}`];
    case 'container or file':
      return [
        ...wordsOf(options, indent),
        `${indent}if [[ $current == */* || $current == . ]]; then ${action('file')}`,
        `${indent}elif ! ${isOption}; then ${ask}; fi`,
      ];
    case 'command line':
      return [
        `${indent}for ((; at < COMP_CWORD; at++)); do`,
        `${indent}  [[ \${COMP_WORDS[at]} == -- ]] && { compopt -o default; ((at + 1 < COMP_CWORD)) || mapfile -t COMPREPLY < <(compgen -c -- "$current"); return; }`,
        `${indent}done`,
        ...wordsOf(options, indent),
      ];
  }
}

/** Values after options that have some, else the options. */
function wordsOf(options: readonly CompletedOption[], indent: string): readonly string[] {
  return [...cases(options, indent), `${indent}${oneOf(spellingsOf(options))}`];
}

function cases(options: readonly CompletedOption[], indent: string): readonly string[] {
  const lines = options.flatMap(({ spellings, value }) =>
    value === 'none' ? [] : [`${indent}  ${spellings.join('|')}) ${action(value)}; return ;;`],
  );
  return lines.length === 0 ? [] : [`${indent}case $previous in`, ...lines, `${indent}esac`];
}

function action(value: Exclude<Value, 'none'>): string {
  switch (value) {
    case 'text':
      return ':';
    case 'file':
      return 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current")';
    case 'directory':
      return 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current")';
    default:
      return oneOf(value);
  }
}

function oneOf(words: readonly string[]): string {
  return `mapfile -t COMPREPLY < <(compgen -W '${words.join(' ')}' -- "$current")`;
}
