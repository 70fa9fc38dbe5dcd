/**
 * A command of conmonctl as a table: command line, help, completion and man page come from it. What it does is loaded when
 * it is called.
 */
import type { Argv, InferredOptionTypes, Options, PositionalOptions } from 'yargs';
import { CtlError } from './error.js';

/** An option as yargs takes it, with a name for its value in the manual. */
export type Option = Options & { readonly placeholder?: string };

type Table = Readonly<Record<string, Option>>;
type Positionals = Readonly<Record<string, PositionalOptions & { readonly describe: string }>>;
type Arguments<O extends Table, P extends Positionals> = InferredOptionTypes<O> & InferredOptionTypes<P>;

/** What a reader of help or manual gets to see. */
export interface CommandText {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Each what follows the name of the command. */
  readonly usage: readonly string[];
  /** Paragraphs for the manual, in Markdown. */
  readonly description: readonly string[];
  /** A command line and what it is for. */
  readonly examples: readonly (readonly [command: string, purpose: string])[];
  readonly positionals: Positionals;
  readonly options: Table;
  /** Statuses besides 0 and 125, and what they mean. */
  readonly statuses: readonly (readonly [status: string, meaning: string])[];
}

/** A command whose types are settled. */
export interface Command extends CommandText {
  /** Its first positional names a container. */
  readonly ofContainer: boolean;
  /** Adds it to a parser; `end` gets the exit status. */
  mount(parser: Argv, end: (status: number) => void): Argv;
}

interface Definition<O extends Table, P extends Positionals> extends CommandText {
  /** Positional arguments as yargs takes them: `<cid>`, `[id]`. */
  readonly pattern: string;
  readonly options: O;
  readonly positionals: P;
  /** Resolves with the exit status. `rest` is what follows `--`. */
  run(argv: Arguments<O, P>, rest: readonly string[]): Promise<number>;
}

/** Settles the types of a table. */
export function command<const O extends Table, const P extends Positionals>(definition: Definition<O, P>): Command {
  const [first = ''] = Object.keys(definition.positionals);
  const ofContainer = first === 'container' || first === 'source';
  return { ...definition, ofContainer, mount: (parser, end) => mount(definition, parser, end) };
}

function mount<O extends Table, P extends Positionals>(
  { name, pattern, summary, usage, examples, positionals, options, run }: Definition<O, P>,
  parser: Argv,
  end: (status: number) => void,
): Argv {
  const build = (yargs: Argv) => {
    for (const [key, positional] of Object.entries(positionals)) yargs.positional(key, positional);
    for (const [line, purpose] of examples) yargs.example(line, purpose);
    yargs.usage(usage.map((line) => `$0 ${name} ${line}`).join('\n')).check((argv) => once(argv, options));
    return yargs.options(options);
  };
  return parser.command(`${name} ${pattern}`.trimEnd(), summary, build, async (argv) => {
    const { '--': rest, ...values } = argv;
    end(await run(values as unknown as Arguments<O, P>, Array.isArray(rest) ? rest.map(String) : []));
  });
}

/** yargs makes a list of an option that is given twice; only some may be. */
function once(argv: Readonly<Record<string, unknown>>, options: Table): true {
  for (const [name, option] of Object.entries(options)) {
    if (option.array !== true && Array.isArray(argv[name])) throw new CtlError(`--${name} is given more than once`);
  }
  return true;
}

/** Every command has it. */
export const JSON_OPTION = { type: 'boolean', describe: 'For programs: JSON instead of text' } as const;
