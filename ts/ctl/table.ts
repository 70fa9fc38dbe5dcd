/**
 * A table for people: columns as wide as they must be, without lines, as container tools print them. Where it is too wide, columns
 * are shortened and dropped.
 */
import { cutTo, displayWidth } from './display-width.js';
import type { Paint } from './paint.js';
import { fitColumns } from './table-fit.js';
import { visible } from './visible.js';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Cells may be cut to this width, before any column is dropped. */
  readonly shortest?: number;
  /** The column with the lowest number is dropped first; one without a number never is. */
  readonly drop?: number | undefined;
}

/** Text, and how it is painted. What is in it need not come from us: it is printed without effect on the terminal. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

const GAP = '  ';

/** Ends in a newline. Without a width nothing is shortened or dropped. */
export function tableText(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
  width = Number.POSITIVE_INFINITY,
): string {
  const all: readonly (readonly Shown[])[] = [
    columns.map(({ title }) => ({ text: title, paint: paint.faint })),
    ...rows.map((row) => row.map(shown)),
  ];
  const widths = columns.map((_, at) => Math.max(...all.map((row) => displayWidth(row[at]?.text ?? ''))));
  const fitting = fitColumns(
    columns.map((column, at) => ({ ...column, width: widths[at] ?? 0 })),
    width,
    GAP.length,
  );
  const lineOf = (row: readonly Shown[]): string =>
    fitting.map(({ index, width: room }) => padded(row[index] ?? NOTHING, room, columns[index]?.align)).join(GAP);
  return all.map((row) => `${lineOf(row).trimEnd()}\n`).join('');
}

interface Shown {
  readonly text: string;
  readonly paint: (text: string) => string;
}

const NOTHING: Shown = { text: '', paint: (text) => text };

function shown(cell: Cell): Shown {
  return typeof cell === 'string' ? { ...NOTHING, text: visible(cell) } : { ...cell, text: visible(cell.text) };
}

function padded({ text, paint }: Shown, width: number, align: Column['align']): string {
  const cut = cutTo(text, width);
  const space = ' '.repeat(Math.max(width - displayWidth(cut), 0));
  const painted = cut === '' ? '' : paint(cut);
  return align === 'right' ? space + painted : painted + space;
}
