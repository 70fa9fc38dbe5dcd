/**
 * Statistics as a table, or as the ids of those in it.
 */
import { paint, type Paint } from '../paint.js';
import { filterOf } from './filter.js';
import { listText, sorted, wordsText } from './listing.js';
import type { ListArguments } from './ps-command.js';
import type { Statistics } from './statistics.js';
import { type Rates, statsFields } from './stats-fields.js';

export interface StatisticsTextContext {
  readonly paint: Paint;
  /** Of the terminal, if there is a limit. */
  readonly width?: number | undefined;
  /** With any, there is a column for them. */
  readonly rates?: Rates | undefined;
}

/** Those that pass the filters, in the wanted order. Throws a {@link CtlError} for options that make no sense. */
export function listed(all: readonly Statistics[], options: ListArguments, rates?: Rates): readonly Statistics[] {
  const passes = filterOf(options.filter ?? []);
  const passing = all.filter(({ monitor }) => passes(monitor));
  return sorted(passing, statsFields({ paint: paint(false), isWhole: true, rates }), options.sort);
}

/** What is printed of them. */
export function statisticsText(
  all: readonly Statistics[],
  options: ListArguments,
  { paint, width, rates }: StatisticsTextContext,
): string {
  const isWhole = options['no-trunc'] === true;
  const monitors = all.map(({ monitor }) => monitor);
  if (options.quiet === true) return wordsText(monitors, isWhole);
  return listText(all, statsFields({ paint, isWhole, rates }), paint, width);
}
