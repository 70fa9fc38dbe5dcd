/**
 * A table for people: columns as wide as they must be, without lines, as container tools print them.
 */
import Table from 'cli-table3';
import type { Paint } from './paint.js';
import { visible } from './visible.js';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Text, and how it is painted. What is in it need not come from us: it is printed without effect on the terminal. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'mid', 'left', 'right']
    .flatMap((side) => [side, ...['mid', 'left', 'right'].map((other) => `${side}-${other}`)])
    .map((name) => [name, '']),
);

/** Ends in a newline. */
export function tableText(columns: readonly Column[], rows: readonly (readonly Cell[])[], paint: Paint): string {
  const table = new Table({
    chars: { ...NO_LINES, 'left-mid': '', middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: columns.map(({ align }) => align ?? 'left'),
    wordWrap: false,
  });
  table.push(
    columns.map(({ title }) => paint.faint(title)),
    ...rows.map((row) => row.map(shown)),
  );
  return `${table.toString().replaceAll(/ +$/gm, '')}\n`;
}

function shown(cell: Cell): string {
  return typeof cell === 'string' ? visible(cell) : cell.paint(visible(cell.text));
}
