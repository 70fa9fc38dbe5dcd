/**
 * `conmonctl stats`: live counters, once or repeatedly.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CtlError } from '../error.js';
import { jsonText } from '../json-text.js';
import { outputWidth } from '../output-width.js';
import { paint } from '../paint.js';
import { replaceFile } from '../replace-file.js';
import { printOut } from '../standard-stream.js';
import { openMetrics } from './openmetrics.js';
import type { ListArguments } from './ps-command.js';
import { ratesSince, type Snapshot } from './rates.js';
import { fitRows, LiveScreen } from './screen.js';
import { statistics } from './statistics.js';
import { listed, statisticsText } from './statistics-text.js';

export interface StatsArguments extends ListArguments {
  readonly container?: readonly string[] | undefined;
  readonly watch?: boolean | undefined;
  readonly interval?: string | undefined;
  readonly format: string;
  readonly output?: string | undefined;
}

/** The collector that reads the metrics is another user. */
const MODE = 0o644;
const DEFAULT_SECONDS = 2;
const DEFAULT_HEIGHT = 24;

/** Resolves with the exit status; with `--watch` it ends by a signal. */
export async function statsCommand(options: StatsArguments): Promise<number> {
  const format = formatOf(options);
  const seconds = intervalOf(options);
  if (options.watch !== true) {
    const { found, remarks } = await statistics(options.container ?? []);
    process.stderr.write(remarks);
    await put(render({ found, remarks, at: 0 }, undefined, options, format), options);
    return 0;
  }
  const isLive = format === 'table' && options.output === undefined && process.stdout.isTTY;
  if (isLive) return watchLive(options, seconds);
  let before: Snapshot | undefined;
  for (;;) {
    const snapshot = await take(options);
    if (snapshot.remarks !== before?.remarks) process.stderr.write(snapshot.remarks);
    await put(render(snapshot, before, options, format), options);
    before = snapshot;
    await sleep(seconds * 1000);
  }
}

/** On a terminal, each table replaces the one before. */
async function watchLive(options: StatsArguments, seconds: number): Promise<number> {
  // Errors in the command line or the names are reported before the screen is switched.
  let snapshot = await take(options);
  let before: Snapshot | undefined;
  render(snapshot, before, options, 'table');
  const screen = new LiveScreen();
  const show = (): void => {
    const text = render(snapshot, before, options, 'table', outputWidth());
    screen.show(fitRows(text, snapshot.remarks, process.stdout.rows || DEFAULT_HEIGHT));
  };
  process.stdout.on('resize', show);
  try {
    for (;;) {
      show();
      await sleep(seconds * 1000);
      const next = await take(options);
      before = snapshot;
      snapshot = next;
    }
  } finally {
    process.stdout.removeListener('resize', show);
    screen.leave();
  }
}

async function take(options: StatsArguments): Promise<Snapshot> {
  const { found, remarks } = await statistics(options.container ?? []);
  return { found, remarks, at: performance.now() };
}

function render(
  snapshot: Snapshot,
  before: Snapshot | undefined,
  options: StatsArguments,
  format: string,
  width = options['no-trunc'] === true ? undefined : outputWidth(),
): string {
  const rates = options.watch === true ? ratesSince(before, snapshot) : undefined;
  const found = listed(snapshot.found, options, rates);
  if (format === 'json') return `${jsonText(found)}\n`;
  if (format === 'openmetrics' || format === 'prometheus') return openMetrics(found, format);
  return statisticsText(found, options, { paint: paint(), width, rates });
}

async function put(text: string, { output }: StatsArguments): Promise<void> {
  if (output === undefined) await printOut(text);
  else await replaceFile(output, text, MODE);
}

function formatOf({ json, format, quiet, watch }: StatsArguments): string {
  const wanted = json === true ? 'json' : format;
  if (quiet === true && wanted !== 'table') throw new CtlError(`--quiet and the format ${wanted} exclude each other`);
  if (quiet === true && watch === true) throw new CtlError('--quiet and --watch exclude each other');
  return wanted;
}

function intervalOf({ interval, watch }: StatsArguments): number {
  if (interval === undefined) return DEFAULT_SECONDS;
  if (watch !== true) throw new CtlError('--interval is only for --watch', { advice: 'Add --watch, or leave it out.' });
  const seconds = Number(interval);
  if (/^\d+(\.\d+)?$/.test(interval) && seconds >= 0.1 && seconds <= 86_400) return seconds;
  throw new CtlError(`--interval needs seconds from 0.1 on, not ${JSON.stringify(interval)}`);
}
