/**
 * Words of one dash. GOption reads every character as an option of one letter (`-ets`); one of them may take a value,
 * wherever it stands, and that is the next word (`-Tt 5`). A word that GOption cannot read that way is an error there;
 * here the rest after the letter that takes a value is its value (`-T5`, `-x=v` is `=v`), as people expect of other
 * programs.
 */
import { collect, type Collected, malformed } from './given.js';
import { nameOfLetter, optionNamed } from './options.js';

/** Reads one word of letters; tells how many words after it were used. */
export function parseLetters(word: string, next: string | undefined, into: Collected): 0 | 1 | 'help' {
  const attached = word.length > 2 && !isAllLetters(word);
  let used: 0 | 1 = 0;
  for (let at = 1; at < word.length; at += 1) {
    const letter = word.charAt(at);
    const name = nameOfLetter(letter);
    const spec = name === undefined ? undefined : optionNamed(name);
    if (name === undefined || spec === undefined) throw malformed(`Unknown option ${word}`);
    if (spec.kind === 'help') return 'help';
    if (spec.kind === 'flag') {
      collect(into, name, spec, '', `-${letter}`);
      continue;
    }
    if (attached) {
      collect(into, name, spec, word.slice(at + 1), `-${letter}`);
      return 0;
    }
    if (next === undefined) throw malformed(`Missing argument for -${letter}`);
    collect(into, name, spec, next, `-${letter}`);
    used = 1;
  }
  return used;
}

/** Whether GOption can read the word: only letters of options, at most one of which takes a value. */
function isAllLetters(word: string): boolean {
  let values = 0;
  for (let at = 1; at < word.length; at += 1) {
    const name = nameOfLetter(word.charAt(at));
    const kind = name === undefined ? undefined : optionNamed(name)?.kind;
    if (kind === undefined) return false;
    if (kind !== 'flag' && kind !== 'help') values += 1;
  }
  return values <= 1;
}
