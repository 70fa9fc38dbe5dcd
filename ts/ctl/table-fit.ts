/** Which columns of a table fit in a line, and how wide they are. */

export interface FittedColumn {
  /** Its place among all columns. */
  readonly index: number;
  readonly width: number;
}

interface Wanted {
  readonly width: number;
  readonly shortest?: number;
  readonly drop?: number | undefined;
}

/**
 * Shortens the widest of those columns that may be shortened. If that is not enough, drops columns, the lowest number of `drop`
 * first. If that is not enough, cuts the last columns.
 *
 * @param gap width of the space between columns
 */
export function fitColumns(columns: readonly Wanted[], available: number, gap: number): readonly FittedColumn[] {
  let left = columns.map((column, index) => ({ ...column, index }));
  for (;;) {
    const excess = left.reduce((sum, { width }) => sum + width + gap, -gap) - available;
    if (excess <= 0) return left;
    if (excess <= left.reduce((sum, column) => sum + slackOf(column), 0)) return shortened(left, excess);
    const first = Math.min(...left.map(({ drop = Number.POSITIVE_INFINITY }) => drop));
    if (first === Number.POSITIVE_INFINITY) return cut(shortened(left, excess), available, gap);
    left = left.filter(({ drop }) => drop !== first);
  }
}

function slackOf({ width, shortest = width }: Wanted): number {
  return Math.max(width - shortest, 0);
}

function shortened<T extends Wanted & FittedColumn>(columns: readonly T[], excess: number): T[] {
  const found = columns.map((column) => ({ ...column }));
  for (let over = excess; over > 0;) {
    const shrinkable = found.filter((column) => slackOf(column) > 0).toSorted((a, b) => b.width - a.width);
    const [widest, next] = shrinkable;
    if (widest === undefined) break;
    const target = Math.max(widest.shortest ?? 0, Math.min(next?.width ?? 0, widest.width - 1), widest.width - over);
    over -= widest.width - target;
    Object.assign(widest, { width: target });
  }
  return found;
}

/** The columns that begin within the line. */
function cut(columns: readonly FittedColumn[], available: number, gap: number): FittedColumn[] {
  let at = 0;
  return columns.flatMap(({ index, width }) => {
    const room = Math.min(width, available - at);
    at += width + gap;
    return room > 0 ? [{ index, width: room }] : [];
  });
}
