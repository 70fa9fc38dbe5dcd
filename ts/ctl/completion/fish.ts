/**
 * Completion for fish: fish's manual, complete.
 */
import type { CompletedCommand, CompletedOption, Program, Value } from './program.js';

/** A file of the directory `completions`. */
export function fishScript({ name, title, options, commands }: Program): string {
  const head = `# fish completion for ${title}\ncomplete -c ${name} -f\n`;
  const lines = (of: readonly CompletedOption[], condition = ''): readonly string[] =>
    of.map((option) => optionLine(name, option, condition));
  if (commands.length === 0) return `${head}${lines(options).join('\n')}\n`;
  const isNone = ` -n 'not __${name}_command'`;
  return `${head}
# The command on the line so far.
function __${name}_command
    for word in (commandline -opc)[2..]
        if contains -- $word ${commands.map((each) => each.name).join(' ')}
            echo $word
            return
        end
    end
    return 1
end

function __${name}_is
    test (__${name}_command; or echo none) = $argv[1]
end

function __${name}_containers
    # The word may be empty; without the quotes it would be none.
    set -l current (commandline -ct)
    ${name} --get-yargs-completions (commandline -opc) "$current" 2>/dev/null
end

${[
  ...lines(options, isNone),
  ...commands.map((each) => `complete -c ${name}${isNone} -a ${each.name} -d ${quoted(each.summary)}`),
  ...commands.flatMap((each) => [...lines(each.options, isCommand(name, each)), ...operandLines(name, each)]),
].join('\n')}
`;
}

function isCommand(name: string, command: CompletedCommand): string {
  return ` -n '__${name}_is ${command.name}'`;
}

function operandLines(name: string, command: CompletedCommand): readonly string[] {
  const start = `complete -c ${name}${isCommand(name, command)}`;
  const containers = `${start} -a '(__${name}_containers)' -d container`;
  const { operand } = command;
  if (typeof operand !== 'string') return [`${start} -a '${operand.join(' ')}'`];
  switch (operand) {
    case 'none':
      return [];
    case 'container':
    case 'containers':
      return [containers];
    case 'container or file': {
      const isPath = `__${name}_is ${command.name}; and string match -qr "[/.]" -- (commandline -ct)`;
      return [containers, `complete -c ${name} -n '${isPath}' -F`];
    }
    case 'command line': {
      const isAfter = `__${name}_is ${command.name}; and contains -- -- (commandline -opc)`;
      return [`complete -c ${name} -n '${isAfter}' -F -a '(__fish_complete_command)'`];
    }
  }
}

function optionLine(name: string, { spellings, value, describe }: CompletedOption, condition: string): string {
  const names = spellings.map((each) => (each.startsWith('--') ? `-l ${each.slice(2)}` : `-s ${each.slice(1)}`));
  return `complete -c ${name}${condition} ${names.join(' ')}${action(value)} -d ${quoted(describe)}`;
}

function action(value: Value): string {
  switch (value) {
    case 'none':
      return '';
    case 'text':
      return ' -x';
    case 'file':
      return ' -r -F';
    case 'directory':
      return " -x -a '(__fish_complete_directories)'";
    default:
      return ` -x -a '${value.join(' ')}'`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
