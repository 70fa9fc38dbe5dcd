/**
 * Completion of containers, where a command takes one: names, and ids as `ps` shows them.
 */
import { COMMANDS } from './commands/index.js';
import { shortId } from './quantities.js';

/** What a shell does not evaluate when it is on a command line. Names and ids of managers have no other characters. */
const HARMLESS = /^[\w.:-]+$/;

/** `words` is the command line so far, the name of the program first; `current` the word that is to be completed. */
export async function containersFor(words: readonly string[], current: string): Promise<readonly string[]> {
  const command = COMMANDS.find(({ name }) => words.includes(name));
  if (command?.ofContainer !== true || current.startsWith('-')) return [];
  const { monitors } = await import('../node/monitors/monitors.js');
  const containers = (await monitors()).filter(({ mode, isForeign }) => mode !== 'exec' && !isForeign);
  const found = containers.flatMap(({ name, cid }) => [...(name === undefined ? [] : [name]), shortId(cid)]);
  return [...new Set(found)].filter((word) => HARMLESS.test(word) && word.startsWith(current));
}
