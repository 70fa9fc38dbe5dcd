/** Lists of monitors: what `ps` and `stats` have in common. A table of fields defines columns and the keys of `--sort`. */
import type { MonitorInfo } from '../../node/monitors/info.js';
import { CtlError } from '../error.js';
import type { Paint } from '../paint.js';
import { userNames } from '../passwd.js';
import { shortId, UNKNOWN } from '../quantities.js';
import { type Cell, type Column, tableText } from '../table.js';
import { visible } from '../visible.js';

/** One column of a list. */
export interface Field<T> {
  readonly column: Column;
  readonly cell: (entry: T) => Cell;
  /** What is compared: text is sorted in ascending, numbers in descending order; undefined comes last. */
  readonly rank: (entry: T) => string | number | undefined;
}

/** The columns that name the container of a monitor. */
export function identityFields<T>(isWhole: boolean, monitorOf: (entry: T) => MonitorInfo): readonly Field<T>[] {
  return [
    {
      column: { title: 'CONTAINER', shortest: 12 },
      cell: (entry) => idText(monitorOf(entry), isWhole),
      rank: (entry) => monitorOf(entry).cid || undefined,
    },
    {
      column: { title: 'NAME', shortest: 12 },
      cell: (entry) => monitorOf(entry).name ?? UNKNOWN,
      rank: (entry) => monitorOf(entry).name,
    },
  ];
}

/** The column with the user of a monitor. */
export function userField<T>(drop: number, monitorOf: (entry: T) => MonitorInfo): Field<T> {
  const user = userNames();
  const userOf = (entry: T): string => user(monitorOf(entry).uid);
  return { column: { title: 'USER', drop }, cell: userOf, rank: userOf };
}

/** The entries as a table of these columns. */
export function listText<T>(entries: readonly T[], fields: readonly Field<T>[], paint: Paint, width?: number): string {
  const columns = fields.map(({ column }) => column);
  const rows = entries.map((entry) => fields.map(({ cell }) => cell(entry)));
  return tableText(columns, rows, paint, width);
}

/** The key of a field: its title. */
function sortKeys<T>(fields: readonly Field<T>[]): readonly string[] {
  return fields.map(({ column }) => column.title.toLowerCase());
}

/** Sorted by a key, in the opposite direction with `-` before it. Throws a {@link CtlError} for any other. */
export function sorted<T>(entries: readonly T[], fields: readonly Field<T>[], key: string | undefined): readonly T[] {
  if (key === undefined) return entries;
  const isReverse = key.startsWith('-');
  const field = fields[sortKeys(fields).indexOf(isReverse ? key.slice(1) : key)];
  if (field === undefined) {
    const advice = `It is one of ${sortKeys(fields).join(', ')}, with - before it for the opposite order.`;
    throw new CtlError(`--sort does not know ${JSON.stringify(key)}`, { advice });
  }
  const ranked = entries.map((entry) => ({ entry, rank: field.rank(entry) }));
  return ranked.toSorted((a, b) => compare(a.rank, b.rank, isReverse)).map(({ entry }) => entry);
}

function compare(a: string | number | undefined, b: string | number | undefined, isReverse: boolean): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const order = typeof a === 'number' && typeof b === 'number' ? b - a : Number(a > b) - Number(a < b);
  return isReverse ? -order : order;
}

/** An id for people, marked if it is that of an exec session's container. */
export function idText({ cid, mode }: MonitorInfo, isWhole: boolean): string {
  const id = cid === '' ? UNKNOWN : isWhole ? cid : shortId(cid);
  return mode === 'exec' ? `${id} (exec)` : id;
}

/** The words that name the containers, each once, one per line; for a monitor whose container is unknown, its pid. */
export function wordsText(all: readonly MonitorInfo[], isWhole: boolean): string {
  const words = all.map(({ cid, pid }) => (cid === '' ? `pid:${pid}` : isWhole ? cid : shortId(cid)));
  return [...new Set(words)].map((word) => `${visible(word)}\n`).join('');
}
