/**
 * `conmonctl stats`: live counters, once or again and again.
 */
import { clearScreenDown, cursorTo } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { CtlError } from '../error.js';
import { jsonText } from '../json-text.js';
import { paint } from '../paint.js';
import { replaceFile } from '../replace-file.js';
import { openMetrics } from './openmetrics.js';
import { type Statistics, statistics } from './statistics.js';
import { type Rates, statisticsText } from './statistics-text.js';

export interface StatsArguments {
  readonly container?: readonly string[] | undefined;
  readonly watch?: boolean | undefined;
  readonly interval: string;
  readonly format: string;
  readonly output?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Metrics are read by a collector that is another user. */
const MODE = 0o644;

/** Resolves with the exit status; with `--watch` it ends by a signal. */
export async function statsCommand(options: StatsArguments): Promise<number> {
  const format = options.json === true ? 'json' : options.format;
  const watching = options.watch === true;
  const seconds = intervalOf(options.interval);
  let before: Snapshot | undefined;
  for (;;) {
    const found = await statistics(options.container ?? []);
    const snapshot = { found, at: performance.now() };
    const text = render(found, format, watching ? ratesSince(before, snapshot) : undefined);
    if (options.output !== undefined) await replaceFile(options.output, text, MODE);
    else show(text, watching && format === 'table');
    before = snapshot;
    if (!watching) return 0;
    await sleep(seconds * 1000);
  }
}

interface Snapshot {
  readonly found: readonly Statistics[];
  readonly at: number;
}

function render(found: readonly Statistics[], format: string, rates: Rates | undefined): string {
  if (format === 'json') return `${jsonText(found)}\n`;
  if (format === 'openmetrics') return openMetrics(found);
  return statisticsText(found, paint(process.stdout.isTTY === true), rates);
}

/** On a terminal a table takes the place of the one before. */
function show(text: string, inPlace: boolean): void {
  if (inPlace && process.stdout.isTTY) {
    cursorTo(process.stdout, 0, 0);
    clearScreenDown(process.stdout);
  }
  process.stdout.write(text);
}

function ratesSince(before: Snapshot | undefined, { found, at }: Snapshot): Rates {
  const earlier = new Map(before?.found.map((each) => [each.monitor.pid, bytesOf(each)]));
  const seconds = (at - (before?.at ?? at)) / 1000;
  return new Map(
    found.flatMap((each) => {
      const [then, now] = [earlier.get(each.monitor.pid), bytesOf(each)];
      return then === undefined || now === undefined ? [] : [[each.monitor.pid, Math.round((now - then) / seconds)]];
    }),
  );
}

function bytesOf({ counters }: Statistics): number | undefined {
  return counters === null ? undefined : counters.stdout.bytes + counters.stderr.bytes;
}

function intervalOf(text: string): number {
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds >= 0.1 && seconds <= 86_400) return seconds;
  throw new CtlError(`--interval needs seconds from 0.1 on, not ${JSON.stringify(text)}`);
}
