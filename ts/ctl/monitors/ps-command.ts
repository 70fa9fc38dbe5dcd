/**
 * `conmonctl ps`: the monitors on this host.
 */
import type { MonitorInfo } from '../../node/monitors/info.js';
import { monitors } from '../../node/monitors/monitors.js';
import { CtlError } from '../error.js';
import { jsonText } from '../json-text.js';
import { outputWidth } from '../output-width.js';
import { paint, type Paint } from '../paint.js';
import { printOut } from '../standard-stream.js';
import { filterOf } from './filter.js';
import { listText, sorted, wordsText } from './listing.js';
import { psFields } from './ps-fields.js';

/** Options that `stats` has as well. */
export interface ListArguments {
  readonly 'no-trunc'?: boolean | undefined;
  readonly filter?: readonly string[] | undefined;
  readonly sort?: string | undefined;
  readonly quiet?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Resolves with the exit status. */
export async function psCommand(options: ListArguments): Promise<number> {
  if (options.quiet === true && options.json === true) throw new CtlError('--quiet and --json exclude each other');
  const context = { now: Date.now(), paint: paint(), width: outputWidth() };
  await printOut(psText(await monitors(), options, context));
  return 0;
}

export interface PsTextContext {
  /** In milliseconds. */
  readonly now: number;
  readonly paint: Paint;
  /** Of the terminal, if there is a limit. */
  readonly width?: number | undefined;
}

/** What is printed. Throws a {@link CtlError} for options that make no sense. */
export function psText(found: readonly MonitorInfo[], options: ListArguments, context: PsTextContext): string {
  const isWhole = options['no-trunc'] === true;
  const filtered = found.filter(filterOf(options.filter ?? []));
  const hasProblems = filtered.some(({ problem }) => problem !== undefined);
  const fields = psFields({ ...context, isWhole, hasProblems });
  const listed = sorted(filtered, fields, options.sort);
  if (options.json === true) return `${jsonText(listed)}\n`;
  if (options.quiet === true) return wordsText(listed, isWhole);
  return listText(listed, fields, context.paint, isWhole ? undefined : context.width);
}
