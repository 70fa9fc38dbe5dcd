/**
 * conmon's command line for completion, from the planner's option table.
 */
import type { CompletedOption, Program, Value } from '../ctl/completion/program.js';
import { OPTION_SPECS, type OptionSpec } from '../planner/options.js';
import { FILE_DRIVERS } from '../planner/tables.js';

const LEVELS = ['error', 'warning', 'info', 'debug', 'trace'];
const LOGS = [...FILE_DRIVERS.map((driver) => `${driver}:`), 'journald', 'passthrough', 'none'];

export function conmonProgram(): Program {
  const visible = Object.entries(OPTION_SPECS).filter(([, { hidden }]) => hidden !== true);
  return {
    name: 'conmon',
    title: 'conmon(8), generated from the option table by npm run manuals',
    options: visible.map(([name, spec]) => completed(name, spec)),
    commands: [],
  };
}

function completed(name: string, spec: OptionSpec): CompletedOption {
  return {
    spellings: [...(spec.short === undefined ? [] : [`-${spec.short}`]), `--${name}`],
    value: valueOf(spec),
    placeholder: spec.placeholder ?? '',
    describe: spec.describe,
    isRepeatable: spec.kind === 'strings',
  };
}

function valueOf({ placeholder }: OptionSpec): Value {
  switch (placeholder) {
    case undefined:
      return 'none';
    case 'DIR':
      return 'directory';
    case 'FILE':
    case 'PATH':
    case 'PATHS':
      return 'file';
    case 'LEVEL':
      return LEVELS;
    case '[DRIVER:]PATH':
      return LOGS;
    default:
      return 'text';
  }
}
