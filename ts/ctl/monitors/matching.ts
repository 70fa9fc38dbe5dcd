/** Which of several containers a word names. */
import { CtlError } from '../error.js';
import { quoted, visible } from '../visible.js';

/** A shorter prefix of an id is more likely a mistake than intended. */
export const SHORTEST_PREFIX = 3;

const SHOWN = 5;

/** The words by which a container is found. */
export interface Identity {
  readonly id: string;
  readonly names: readonly string[];
}

/** Of a container that has at most one name. */
export function identity(id: string, name: string | undefined): Identity {
  return { id, names: name === undefined ? [] : [name] };
}

/** Those with this name or id; without any, those whose id begins with it. */
export function matching<T>(word: string, all: readonly T[], identityOf: (container: T) => Identity): readonly T[] {
  if (word === '') return [];
  const exact = all.filter((each) => {
    const { id, names } = identityOf(each);
    return id === word || names.includes(word);
  });
  if (exact.length > 0 || word.length < SHORTEST_PREFIX) return exact;
  return all.filter((each) => identityOf(each).id.startsWith(word));
}

/** The only one that was found; undefined without any. Throws a {@link CtlError} if there are several. */
export function onlyOne<T>(
  word: string,
  found: readonly T[],
  idOf: (container: T) => string,
  { what = 'containers', advice = 'Give more of the id.' } = {},
): T | undefined {
  if (found.length > 1)
    throw new CtlError(`${quoted(word)} may be several ${what}: ${someOf(found, idOf)}`, { advice });
  return found[0];
}

/** The first few of a list, which other users can make long. */
export function someOf<T>(list: readonly T[], text: (each: T) => string): string {
  const more = list.length > SHOWN ? ` and ${list.length - SHOWN} more` : '';
  const shown = list.slice(0, SHOWN).map((each) => visible(text(each)));
  return `${shown.join(', ')}${more}`;
}
