/**
 * The grammar of GOption, driven by the option table. Its pitfalls: an option with a value takes the next word whatever it
 * looks like; long options cannot be abbreviated; a flag may carry `=…`, which is ignored; words that are not options
 * are ignored at any place.
 */
import { collect, type Collected, malformed } from './given.js';
import { parseLetters } from './parse-letters.js';
import { optionOf } from './spellings.js';
import { KINDS } from './tables.js';

/** What the command line asks for. Help ends the reading immediately, as in GOption. */
export type Wanted = 'help' | 'version' | 'work';

/**
 * Reads a command line into `into`, which keeps the options before an error.
 *
 * @throws {Refused} at the first error.
 */
export function parse(argv: readonly string[], into: Collected): Wanted {
  const count = argv.length;
  for (let at = 0; at < count; at += 1) {
    const word = argv[at] ?? '';
    // Most words other than values are options without `=`.
    const name = optionOf(word);
    if (name === undefined) {
      if (word === '--') break;
      const used = parseOther(word, argv[at + 1], into);
      if (used === 'help') return 'help';
      at += used;
      continue;
    }
    const kind = KINDS[name];
    if (kind === 'flag') {
      into.flags[name] = true;
    } else if (kind === 'help') {
      return 'help';
    } else {
      at += 1;
      const value = argv[at];
      if (value === undefined) throw malformed(`Missing argument for ${word}`);
      collect(into, name, value, word);
    }
  }
  return into.flags['version'] === true ? 'version' : 'work';
}

/** Reads `--name=value`, several letters in one word, or a word that is not an option; returns how many words after it were used. */
function parseOther(word: string, next: string | undefined, into: Collected): 0 | 1 | 'help' {
  if (word[0] !== '-' || word.length < 2) return 0;
  if (word[1] !== '-') return parseLetters(word, next, into);
  const equals = word.indexOf('=');
  const spelled = word.slice(0, Math.max(equals, 0));
  const name = optionOf(spelled);
  if (name === undefined || KINDS[name] === 'help') throw malformed(`Unknown option ${word}`);
  if (KINDS[name] === 'flag') into.flags[name] = true;
  else collect(into, name, word.slice(equals + 1), spelled);
  return 0;
}
