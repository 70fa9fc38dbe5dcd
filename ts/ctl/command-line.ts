/**
 * The command line of conmonctl up to the command: which command is called, and with which words.
 */
import { didYouMean } from './arguments.js';
import type { Command, Table } from './command.js';
import { CtlError } from './error.js';
import { suggest } from './suggest.js';
import { tokensOf } from './tokens.js';

/** The completion scripts of shells pass it to ask for completions. */
const COMPLETE = '--get-yargs-completions';

/** What is asked for. */
export type Request =
  | { readonly kind: 'version' }
  /** Of a command, or of all. */
  | { readonly kind: 'help'; readonly command: Command | undefined }
  /** `words` is a command line so far, the name of the program first. */
  | { readonly kind: 'completions'; readonly words: readonly string[] }
  | { readonly kind: 'command'; readonly command: Command; readonly words: readonly string[] };

const GENERAL: Table = { help: { type: 'boolean', alias: 'h' }, version: { type: 'boolean', alias: 'v' } };
/** Words that ask for the same as the options. */
const GENERAL_WORDS = ['help', 'version'];

/** Options of a command may be given before its name. Throws a {@link CtlError}. */
export function requestOf(args: readonly string[], commands: readonly Command[]): Request {
  if (args[0] === COMPLETE) return { kind: 'completions', words: args.slice(1) };
  const every: Table = Object.assign({}, ...commands.map(({ options }) => options), GENERAL);
  const at = tokensOf(args, every).find(({ kind }) => kind === 'positional')?.index ?? args.length;
  const [before, name, after] = [args.slice(0, at), args[at], args.slice(at + 1)];
  if (asksFor('help', before) || name === 'help') {
    const of = name === 'help' ? after.find((word) => !word.startsWith('-')) : name;
    return { kind: 'help', command: of === undefined ? undefined : commandNamed(of, commands) };
  }
  if (asksFor('version', before) || name === 'version') return { kind: 'version' };
  if (name === undefined) throw new CtlError('no command given', { advice: 'conmonctl --help lists the commands.' });
  const command = commandNamed(name, commands);
  const words = [...before, ...after];
  if (asksFor('help', words, command.options)) return { kind: 'help', command };
  if (asksFor('version', words, command.options)) return { kind: 'version' };
  return { kind: 'command', command, words };
}

function asksFor(what: string, words: readonly string[], table: Table = {}): boolean {
  return tokensOf(words, { ...GENERAL, ...table }).some((token) => token.kind === 'option' && token.name === what);
}

function commandNamed(name: string, commands: readonly Command[]): Command {
  const found = commands.find((each) => each.name === name);
  if (found !== undefined) return found;
  const meant = suggest(name, [...commands.map((each) => each.name), ...GENERAL_WORDS]);
  const advice = meant === undefined ? { advice: 'conmonctl --help lists the commands.' } : didYouMean(meant);
  throw new CtlError(`unknown command ${JSON.stringify(name)}`, advice);
}
