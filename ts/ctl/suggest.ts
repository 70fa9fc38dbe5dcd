/**
 * The word that was probably meant by one that is not in a list.
 */

/** Undefined if none is close enough to be more than a guess. */
export function suggest(word: string, words: readonly string[]): string | undefined {
  const ranked = words
    .map((each) => ({ each, edits: distance(word.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, edits }) => edits <= allowed(word, each))
    .toSorted((a, b) => a.edits - b.edits);
  return ranked[0]?.each;
}

/** The shorter a word, the fewer wrong letters are allowed. A prefix of a word always counts as close to it. */
function allowed(word: string, meant: string): number {
  if (word.length >= 2 && meant.startsWith(word)) return meant.length;
  return Math.max(1, Math.floor(Math.max(word.length, meant.length) / 3));
}

/** Letters to be inserted, removed, replaced or swapped with the next (optimal string alignment). */
function distance(from: string, to: string): number {
  let [beforeLast, last]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, at) => at)];
  for (let row = 1; row <= from.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      line[column] = Math.min(
        (last[column] ?? 0) + 1,
        (line[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [beforeLast, last] = [last, line];
  }
  return last[to.length] ?? 0;
}
