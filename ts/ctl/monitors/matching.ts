/** Which of several containers a word names. */

/** A shorter prefix of an id is more likely a mistake than intended. */
export const SHORTEST_PREFIX = 3;

/** The words by which a container is found. */
export interface Identity {
  readonly id: string;
  readonly names: readonly string[];
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
