/**
 * The words after the name of a command, read by the tables of that command.
 */
import { type Command, type CommandText, type Option, placeholderOf, type Table, type Values } from './command.js';
import { CtlError } from './error.js';
import { suggest } from './suggest.js';
import { takesValue, type Token, tokensOf } from './tokens.js';

type OptionToken = Extract<Token, { kind: 'option' }>;

/** What a command is called with. */
export interface CommandArguments {
  readonly values: Values;
  /** What follows `--`, if that is the command line of another program. */
  readonly rest: readonly string[];
}

/** Throws a {@link CtlError} that names what is unknown, missing or superfluous. */
export function readArguments(command: Command, words: readonly string[]): CommandArguments {
  const tokens = tokensOf(words, command.options);
  const end = tokens.find(({ kind }) => kind === 'option-terminator')?.index ?? words.length;
  const before = tokens.flatMap((token) => (token.kind === 'positional' && token.index < end ? [token.value] : []));
  const after = words.slice(end + 1);
  const options = tokens.filter((token) => token.kind === 'option');
  return {
    values: {
      ...optionsOf(command, options),
      ...positionalsOf(command, command.hasRest ? before : [...before, ...after]),
    },
    rest: command.hasRest ? after : [],
  };
}

function optionsOf(command: Command, tokens: readonly OptionToken[]): Values {
  const values = new Map<string, string | boolean | readonly string[]>(defaults(command.options));
  const given = new Set<string>();
  for (const token of tokens) {
    const { name } = token;
    const value = valueOf(command, token);
    const isList = command.options[name]?.array === true;
    if (given.has(name) && !isList) throw new CtlError(`--${name} is given more than once`);
    const list = given.has(name) ? values.get(name) : [];
    values.set(name, isList && Array.isArray(list) ? [...list, String(value)] : value);
    given.add(name);
  }
  return Object.fromEntries(values);
}

function defaults(table: Table): readonly (readonly [string, string])[] {
  const entries = Object.entries(table).filter(([, option]) => option.default !== undefined);
  return entries.map(([name, option]) => [name, String(option.default)]);
}

function valueOf(command: CommandText, { name, rawName, value, inlineValue }: OptionToken): string | boolean {
  const option = command.options[name];
  if (option === undefined) throw unknownOption(command, rawName);
  if (!takesValue(option)) {
    if (value === undefined || value === 'true') return true;
    if (value === 'false') return false;
    throw new CtlError(`${rawName} takes no value`, hint(command));
  }
  if (value === undefined)
    throw new CtlError(`${rawName} needs a value: ${rawName} ${valueName(option)}`, hint(command));
  // `-n=5` means the same as `-n 5`.
  const text = inlineValue === true && !rawName.startsWith('--') ? value.replace(/^=/, '') : value;
  return checked(rawName, text, option);
}

function valueName({ choices, placeholder }: Option): string {
  return choices === undefined ? (placeholder ?? 'VALUE') : choices.join('|');
}

function checked(what: string, value: string, { choices }: Pick<Option, 'choices'>): string {
  const words = choices?.map(String);
  if (words === undefined || words.includes(value)) return value;
  throw new CtlError(
    `${what} is ${words.join(' or ')}, not ${JSON.stringify(value)}`,
    didYouMean(suggest(value, words)),
  );
}

function unknownOption(command: CommandText, given: string): CtlError {
  const names = Object.keys(command.options).map((name) => `--${name}`);
  const meant = given.startsWith('--') ? suggest(given, [...names, '--help']) : undefined;
  return new CtlError(`unknown option ${given}`, meant === undefined ? hint(command) : didYouMean(meant));
}

/** Advice that names what was probably meant. */
export function didYouMean(meant: string | undefined): { readonly advice: string | undefined } {
  return { advice: meant && `Did you mean ${meant}?` };
}

function hint({ name }: CommandText): { readonly advice: string } {
  return { advice: `See conmonctl ${name} --help.` };
}

function usageOf({ name, usage }: CommandText): { readonly advice: string } {
  const [first, ...more] = usage.map((line) => `conmonctl ${name} ${line}`);
  return { advice: [`Usage: ${first}`, ...more.map((line) => `       ${line}`)].join('\n') };
}

/** `<one>`, `[one]` or `[many..]`, in this order. */
const PLACE = /([<[])([\w-]+)(\.\.)?[>\]]/g;

function positionalsOf(command: CommandText, words: readonly string[]): Values {
  const values: Record<string, string | readonly string[] | undefined> = {};
  const left = [...words];
  for (const [, bracket, name = '', many] of command.pattern.matchAll(PLACE)) {
    const word = left[0];
    if (word === undefined && bracket === '<') throw missing(command, name);
    if (many === undefined)
      values[name] =
        word === undefined
          ? undefined
          : checked(placeholderOf(name, command.positionals[name]), word, command.positionals[name] ?? {});
    else values[name] = [...left];
    left.splice(0, many === undefined ? 1 : left.length);
  }
  if (left[0] !== undefined) throw new CtlError(`unexpected argument ${JSON.stringify(left[0])}`, usageOf(command));
  return values;
}

function missing(command: CommandText, name: string): CtlError {
  return new CtlError(`missing argument: ${placeholderOf(name, command.positionals[name])}`, usageOf(command));
}
