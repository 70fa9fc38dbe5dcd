/**
 * The grammar of GOption, driven by the option table. Its traps: an option with a value takes the next word whatever it
 * looks like; long options cannot be abbreviated; a flag may carry `=…`, which is ignored; words that are no options are
 * ignored wherever they stand.
 */
import { collect, type Collected, malformed } from './given.js';
import { optionNamed } from './options.js';
import { parseLetters } from './parse-letters.js';

/** What the command line asks for. Help ends the reading at once, as GOption does. */
export type Wanted = 'help' | 'version' | 'work';

/**
 * Reads a command line into `into`, which keeps what stood before a mistake.
 *
 * @throws {Refused} at the first mistake.
 */
export function parse(argv: readonly string[], into: Collected): Wanted {
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at];
    if (word === undefined || word.length < 2 || word[0] !== '-') continue;
    if (word === '--') break;
    const used = word[1] === '-' ? parseLong(word, argv[at + 1], into) : parseLetters(word, argv[at + 1], into);
    if (used === 'help') return 'help';
    at += used;
  }
  return into.flags['version'] === true ? 'version' : 'work';
}

/** Reads one `--name` or `--name=value`; tells how many words after it were used. */
function parseLong(word: string, next: string | undefined, into: Collected): 0 | 1 | 'help' {
  const equals = word.indexOf('=');
  const spelled = equals < 0 ? word : word.slice(0, equals);
  const name = spelled.slice(2);
  const spec = optionNamed(name);
  if (spec === undefined || (spec.kind === 'help' && equals >= 0)) throw malformed(`Unknown option ${word}`);
  if (spec.kind === 'help') return 'help';
  if (equals >= 0 || spec.kind === 'flag') {
    collect(into, name, spec, word.slice(equals + 1), spelled);
    return 0;
  }
  if (next === undefined) throw malformed(`Missing argument for ${spelled}`);
  collect(into, name, spec, next, spelled);
  return 1;
}
