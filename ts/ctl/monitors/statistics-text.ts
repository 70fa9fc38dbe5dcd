/**
 * Statistics as a table, or as the ids of those in it.
 */
import type { Paint } from '../paint.js';
import { tableText } from '../table.js';
import { filterOf } from './filter.js';
import { sorted, wordsText } from './listing.js';
import type { ListArguments } from './ps-command.js';
import type { Statistics } from './statistics.js';
import { type Rates, statsFields } from './stats-fields.js';

export interface StatisticsTextContext {
  readonly paint: Paint;
  /** Of the terminal, if there is a limit. */
  readonly width?: number | undefined;
  /** With these there is a column for them. */
  readonly rates?: Rates | undefined;
}

/** Those that pass the filters, in the wanted order. Throws a {@link CtlError} for options that make no sense. */
export function listed(all: readonly Statistics[], options: ListArguments, rates?: Rates): readonly Statistics[] {
  const passes = filterOf(options.filter ?? []);
  const fields = statsFields({ paint: PLAIN, isWhole: true, rates });
  return sorted(
    all.filter(({ monitor }) => passes(monitor)),
    fields,
    options.sort,
  );
}

/** What is printed of them. */
export function statisticsText(
  all: readonly Statistics[],
  options: ListArguments,
  { paint, width, rates }: StatisticsTextContext,
): string {
  const isWhole = options['no-trunc'] === true;
  if (options.quiet === true)
    return wordsText(
      all.map(({ monitor }) => monitor),
      isWhole,
    );
  const fields = statsFields({ paint, isWhole, rates });
  const rows = all.map((entry) => fields.map(({ cell }) => cell(entry)));
  const columns = fields.map(({ column }) => column);
  return tableText(columns, rows, paint, width);
}

const plain = (text: string): string => text;
const PLAIN: Paint = { strong: plain, faint: plain, good: plain, warm: plain, bad: plain };
