/**
 * A command of conmonctl as a table: command line, help, completion and man page come from it. What it does is loaded when
 * it is called.
 */
import type { InferredOptionTypes, Options, PositionalOptions } from 'yargs';

/** An option as yargs takes it, with a name for its value in the manual. */
export type Option = Options & { readonly placeholder?: string };

export type Table = Readonly<Record<string, Option>>;
export type Positionals = Readonly<Record<string, Positional>>;

/** A positional argument as yargs takes it, with a name for people if the key is not one. */
export type Positional = PositionalOptions & { readonly describe: string; readonly placeholder?: string };

/** How usage texts and errors name it. */
export function placeholderOf(name: string, positional: Positional | undefined): string {
  return positional?.placeholder ?? name.toUpperCase();
}

type Arguments<O extends Table, P extends Positionals> = InferredOptionTypes<O> & InferredOptionTypes<P>;

/** By the names of options and positional arguments. */
export type Values = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** What a reader of help or manual gets to see. */
export interface CommandText {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** What follows the name of the command, one entry for each form. */
  readonly usage: readonly string[];
  /** Paragraphs for the manual, in Markdown. */
  readonly description: readonly string[];
  /** A command line and what it is for. */
  readonly examples: readonly (readonly [command: string, purpose: string])[];
  /** Positional arguments as yargs takes them: `<cid>`, `[id]`, `[container..]`. */
  readonly pattern: string;
  readonly positionals: Positionals;
  readonly options: Table;
  /** Statuses besides 0 and 125, and what they mean. */
  readonly statuses: readonly (readonly [status: string, meaning: string])[];
}

/** A command whose types are settled. */
export interface Command extends CommandText {
  /** Its first positional names a container. */
  readonly ofContainer: boolean;
  /** What follows `--` is the command line of another program, not further positional arguments. */
  readonly hasRest: boolean;
  /** Resolves with the exit status. `rest` is that command line. */
  call(values: Values, rest: readonly string[]): Promise<number>;
}

type Definition<O extends Table, P extends Positionals> = CommandText & {
  readonly options: O;
  readonly positionals: P;
} & (
    | {
        readonly hasRest: true;
        /** Resolves with the exit status. `rest` is what follows `--`. */
        run(argv: Arguments<O, P>, rest: readonly string[]): Promise<number>;
      }
    | {
        readonly hasRest?: undefined;
        /** Resolves with the exit status. */
        run(argv: Arguments<O, P>): Promise<number>;
      }
  );

/** Settles the types of a table. */
export function command<const O extends Table, const P extends Positionals>(definition: Definition<O, P>): Command {
  const [first = ''] = Object.keys(definition.positionals);
  const ofContainer = first === 'container' || first === 'source';
  const hasRest = definition.hasRest === true;
  // The values were made from the same table.
  const call: Command['call'] = (values, rest) => definition.run(values as unknown as Arguments<O, P>, rest);
  return { ...definition, ofContainer, hasRest, call };
}

/** How a running container is named. */
export const NAME_OR_ID = 'Name, ID or unique prefix of an ID (3 characters or more)';
const MONITOR_OR_NAME = `${NAME_OR_ID}, or pid:N of the monitor`;

/** The argument of a command about one container, or about several. */
export const CONTAINER = { type: 'string', demandOption: true, describe: MONITOR_OR_NAME } as const;
export const CONTAINERS = { type: 'string', array: true, describe: MONITOR_OR_NAME } as const;

interface ValueOption {
  readonly type: 'string';
  readonly placeholder: string;
  readonly describe: string;
}

/** An option with a value. `placeholder` is the name of the value. */
export function value<const M extends Option>(placeholder: string, describe: string, more?: M): ValueOption & M {
  return { type: 'string', placeholder, describe, ...more } as ValueOption & M;
}

/** An option without a value. */
export function flag(describe: string, more: Pick<Option, 'alias'> = {}) {
  return { type: 'boolean', describe, ...more } as const;
}

/** Options under a title of `--help`. */
export function grouped<const O extends Table>(title: string, options: O): O {
  const entries = Object.entries(options).map(([name, option]) => [name, { ...option, group: title }]);
  return Object.fromEntries(entries);
}

/** The environment of a command in a container. */
export const ENV_OPTION = value('NAME=VALUE', 'Environment variable of the command; may be repeated', {
  alias: 'e',
  array: true,
});

/** Every command has it. */
export const JSON_OPTION = flag('For programs: JSON instead of text');
