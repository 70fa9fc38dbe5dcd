/**
 * Words of one dash. GOption reads every character as an option of one letter (`-ets`); one of them may take a value,
 * at any place, and that is the next word (`-Tt 5`). A word that GOption cannot read that way is an error there;
 * here the rest after the letter that takes a value is its value (`-T5`, `-x=v` is `=v`), as people expect of other
 * programs.
 */
import { collect, type Collected, malformed } from './given.js';
import { optionOf } from './spellings.js';
import { KINDS } from './tables.js';

/** Reads one word of letters; returns how many words after it were used. */
export function parseLetters(word: string, next: string | undefined, into: Collected): 0 | 1 | 'help' {
  const attached = !isAllLetters(word);
  let used: 0 | 1 = 0;
  for (let at = 1; at < word.length; at += 1) {
    const spelled = `-${word.charAt(at)}`;
    const name = optionOf(spelled);
    if (name === undefined) throw malformed(`Unknown option ${word}`);
    if (KINDS[name] === 'help') return 'help';
    if (KINDS[name] === 'flag') {
      into.flags[name] = true;
      continue;
    }
    if (attached) {
      collect(into, name, word.slice(at + 1), spelled);
      return 0;
    }
    if (next === undefined) throw malformed(`Missing argument for ${spelled}`);
    collect(into, name, next, spelled);
    used = 1;
  }
  return used;
}

/** Whether GOption can read the word: only letters of options, at most one of which takes a value. */
function isAllLetters(word: string): boolean {
  let values = 0;
  for (let at = 1; at < word.length; at += 1) {
    const name = optionOf(`-${word.charAt(at)}`);
    if (name === undefined) return false;
    if (KINDS[name] !== 'flag' && KINDS[name] !== 'help') values += 1;
  }
  return values <= 1;
}
