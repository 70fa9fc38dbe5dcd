/**
 * Completion for zsh: zshcompsys(1).
 */
import type { CompletedCommand, CompletedOption, Operand, Program } from './program.js';

/** A file of `fpath`. It can also be sourced, after compinit. */
export function zshScript({ name, title, options, commands }: Program): string {
  const head = `#compdef ${name}\n# zsh completion for ${title}\n`;
  if (commands.length === 0) return `${head}${argumentsLine(options, [], '')}\n`;
  return `${head}
_${name}_containers() {
  local -a found=(\${(f)"$(_call_program containers ${name} --get-yargs-completions ${name} $words[1] \\'\\' 2>/dev/null)"})
  _wanted containers expl container compadd -a found
}

_${name}() {
  local curcontext=$curcontext state line
  typeset -A opt_args
${argumentsLine(options, ["'1: :->command'", "'*:: :->rest'"], '  ', '-C')}
  case $state in
    command)
      local -a commands=(
${commands.map((each) => `        '${each.name}:${quoted(each.summary)}'`).join('\n')}
      )
      _describe command commands
      ;;
    rest)
      case $words[1] in
${commands.map((each) => ofCommand(name, each)).join('\n')}
      esac
      ;;
  esac
}

# The file of a function in fpath calls it; a file that is sourced only defines it.
if [[ $funcstack[1] == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function ofCommand(name: string, { name: command, options, operand }: CompletedCommand): string {
  if (options.length === 0 && operand === 'none') return `        ${command}) _message 'no argument' ;;`;
  return `        ${command})\n${argumentsLine(options, operandsOf(name, operand), '          ')}\n          ;;`;
}

function operandsOf(name: string, operand: Operand): readonly string[] {
  if (typeof operand !== 'string') return [`'1: :(${operand.join(' ')})'`];
  switch (operand) {
    case 'none':
      return [];
    case 'container':
      return [`'1:container:_${name}_containers'`];
    case 'containers':
      return [`'*:container:_${name}_containers'`];
    case 'container or file':
      return [`'1:container or file:{ _${name}_containers; [[ $PREFIX == *[/.]* ]] && _files }'`];
    case 'command line':
      return [`'*:: :{ [[ $words[CURRENT-1] == -- ]] && _command_names -e || _files }'`];
  }
}

function argumentsLine(
  options: readonly CompletedOption[],
  operands: readonly string[],
  indent: string,
  flag = '-s',
): string {
  return `${indent}_arguments ${flag} \\\n${[...options.map(optionText), ...operands].map((line) => `${indent}  ${line}`).join(' \\\n')}`;
}

function optionText({ spellings, value, placeholder, describe, isRepeatable }: CompletedOption): string {
  const repeats = isRepeatable ? '*' : `(${spellings.join(' ')})`;
  const form = (each: string): string => (value === 'none' ? each : each.startsWith('--') ? `${each}=` : `${each}+`);
  const forms = spellings.map(form);
  const many = forms.length > 1 ? `'${repeats}'{${forms.join(',')}}'` : `'${repeats}${forms[0] ?? ''}`;
  return `${many}[${quoted(describe)}]${action(value, quoted(placeholder))}'`;
}

function action(value: CompletedOption['value'], name: string): string {
  switch (value) {
    case 'none':
      return '';
    case 'text':
      return `:${name}: `;
    case 'file':
      return `:${name}:_files`;
    case 'directory':
      return `:${name}:_files -/`;
    default:
      return `:${name}:(${value.map((each) => each.replace(':', '\\:')).join(' ')})`;
  }
}

/** Brackets and colons end a text there. */
function quoted(text: string): string {
  return text.replaceAll(/[[\]:]/g, String.raw`\$&`).replaceAll("'", `'\\''`);
}
