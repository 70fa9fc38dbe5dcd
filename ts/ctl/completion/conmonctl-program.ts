/**
 * conmonctl's own command line for completion, from the tables of its commands.
 */
import type { Command, Option } from '../command.js';
import { spellings, takesValue } from '../tokens.js';
import type { CompletedCommand, CompletedOption, Operand, Program, Value } from './program.js';

const HELP = flag(['-h', '--help'], 'Show help');
const VERSION = flag(['-v', '--version'], 'Show the version');

export function conmonctlProgram(commands: readonly Command[]): Program {
  const names = commands.map(({ name }) => name);
  return {
    name: 'conmonctl',
    title: 'conmonctl(1), as conmonctl completion prints it',
    options: [HELP, VERSION],
    commands: [
      ...commands.map(completed),
      { name: 'help', summary: 'Show the help of a command', options: [], operand: names },
      { name: 'version', summary: 'Show the version', options: [], operand: 'none' },
    ],
  };
}

function completed(command: Command): CompletedCommand {
  const options = Object.entries(command.options).map(([name, option]): CompletedOption => ({
    spellings: spellings(name, option),
    value: valueOf(option),
    placeholder: option.placeholder ?? 'VALUE',
    describe: option.describe ?? '',
    isRepeatable: option.array === true,
  }));
  return { name: command.name, summary: command.summary, options: [...options, HELP], operand: operandOf(command) };
}

function valueOf(option: Option): Value {
  if (!takesValue(option)) return 'none';
  if (option.choices !== undefined) return option.choices.map(String);
  switch (option.placeholder) {
    case 'DIR':
      return 'directory';
    case 'FILE':
    case 'PATH':
    case 'RUNTIME':
      return 'file';
    default:
      return 'text';
  }
}

function operandOf({ ofContainer, hasRest, positionals }: Command): Operand {
  if ('source' in positionals) return 'container or file';
  if (ofContainer) return positionals['container']?.array === true ? 'containers' : 'container';
  if (hasRest) return 'command line';
  return Object.values(positionals)[0]?.choices?.map(String) ?? 'none';
}

function flag(spellings: readonly string[], describe: string): CompletedOption {
  return { spellings, describe, value: 'none', placeholder: '', isRepeatable: false };
}
