/**
 * What may follow on a command line: commands, options, values, and containers, which only conmonctl knows. The scripts of
 * `completion` have the rest themselves and ask for containers alone.
 */
import type { Command } from './command.js';
import { shortId } from './quantities.js';
import { spellings, takesValue, tokensOf } from './tokens.js';

/** What a shell does not evaluate when it is on a command line. Names and ids of managers have no other characters. */
const HARMLESS = /^[\w.:-]+$/;

/** `words` is the command line so far: the name of the program first, the word that is to be completed last. */
export async function completionsFor(
  words: readonly string[],
  commands: readonly Command[],
): Promise<readonly string[]> {
  const [current = '', previous = ''] = words.toReversed();
  const before = words.slice(1, -1);
  const at = before.findIndex((word) => commands.some(({ name }) => name === word));
  const command = commands.find(({ name }) => name === before[at]);
  const fits = (found: readonly string[]): readonly string[] => found.filter((word) => word.startsWith(current));
  if (command === undefined) return fits(commands.map(({ name }) => name));
  const option = Object.entries(command.options).find((entry) => spellings(...entry).includes(previous))?.[1];
  if (option !== undefined && takesValue(option)) return fits((option.choices ?? []).map(String));
  if (current.startsWith('-')) return fits([...Object.keys(command.options), 'help'].map((name) => `--${name}`));
  return fits(await operands(command, before.slice(at + 1)));
}

/** What can be the next positional argument after these words. */
async function operands(command: Command, words: readonly string[]): Promise<readonly string[]> {
  const given = tokensOf(words, command.options).filter(({ kind }) => kind === 'positional').length;
  const places = Object.entries(command.positionals);
  const [name, positional] = places[given] ?? places.findLast(([, { array }]) => array === true) ?? [];
  if (name === 'container' || name === 'source') return containers();
  return (positional?.choices ?? []).map(String);
}

/** Names, and ids as `ps` shows them, also of ended containers that were not removed; not those that other users claim. */
async function containers(): Promise<readonly string[]> {
  const { monitors } = await import('../node/monitors/monitors.js');
  const found = (await monitors()).filter(({ mode, isForeign }) => mode !== 'exec' && !isForeign);
  const { keptBelowTemporary } = await import('../node/containers/records.js');
  const kept = keptBelowTemporary().map(({ record: { cid, options } }) => ({ cid, name: options.name }));
  const words = [...found, ...kept].flatMap(({ name, cid }) => [...(name === undefined ? [] : [name]), shortId(cid)]);
  return [...new Set(words)].filter((word) => HARMLESS.test(word));
}
