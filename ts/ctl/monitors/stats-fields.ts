/** The columns of `stats`. */
import type { Counters, StreamCounters } from '../../node/monitors/counter-values.js';
import type { Paint } from '../paint.js';
import { bytesText, countText, durationText, UNKNOWN } from '../quantities.js';
import type { Cell } from '../table.js';
import { type Field, identityFields, userField } from './listing.js';
import type { Statistics } from './statistics.js';

/** Bytes per second of a container, by the pid of its monitor. */
export type Rates = ReadonlyMap<number, number>;

export interface StatsContext {
  readonly paint: Paint;
  readonly isWhole: boolean;
  /** With any, there is a column for them. */
  readonly rates: Rates | undefined;
}

type StatsField = Field<Statistics>;

const NANOSECONDS_A_MILLISECOND = 1e6;

/** In the order in which they are shown. */
export function statsFields({ paint, isWhole, rates }: StatsContext): readonly StatsField[] {
  const rateOf = ({ monitor }: Statistics): number | undefined => rates?.get(monitor.pid);
  const rate: StatsField = {
    column: { title: 'OUT/S', align: 'right' },
    cell: (entry) => (entry.counters === null ? '' : bytesText(rateOf(entry))),
    rank: rateOf,
  };
  return [
    ...identityFields<Statistics>(isWhole, ({ monitor }) => monitor),
    userField(6, ({ monitor }) => monitor),
    outField(paint),
    counted('LINES', 7, sumOf('lines'), (lines, { logs }) => (logs === 0 ? UNKNOWN : countText(lines))),
    counted('LOGGED', 5, sumOf('loggedBytes'), bytesText),
    counted('LOST', undefined, sumOf('lostBytes'), (bytes) => alarming(bytes, bytesText(bytes), paint)),
    counted('IN', 2, ({ stdinBytes }) => stdinBytes, bytesText),
    counted('CLIENTS', 3, ({ clients }) => clients, countText),
    counted('QUEUED', 4, queued, bytesText),
    counted('WAITED', 9, ({ pressureNanoseconds }) => pressureNanoseconds, waitedCell(paint)),
    counted('ROTATED', 1, ({ rotations }) => rotations, rotatedCell(paint)),
    counted(
      'OOM',
      8,
      ({ ooms }) => ooms,
      (ooms) => alarming(ooms, countText(ooms), paint),
    ),
    ...(rates === undefined ? [] : [rate]),
  ];
}

/** Why the counters cannot be read. */
function outField(paint: Paint): StatsField {
  const field = counted('OUT', undefined, sumOf('bytes'), bytesText);
  return {
    ...field,
    cell: (entry) =>
      entry.counters === null ? { text: entry.unavailable ?? UNKNOWN, paint: paint.faint } : field.cell(entry),
  };
}

function counted(
  title: string,
  drop: number | undefined,
  valueOf: (counters: Counters) => number,
  cellOf: (value: number, counters: Counters) => Cell,
): StatsField {
  return {
    column: { title, align: 'right', drop },
    cell: ({ counters }) => (counters === null ? '' : cellOf(valueOf(counters), counters)),
    rank: ({ counters }) => (counters === null ? undefined : valueOf(counters)),
  };
}

function sumOf(name: keyof StreamCounters): (counters: Counters) => number {
  return ({ stdout, stderr }) => stdout[name] + stderr[name];
}

function queued({ clientQueues, journalQueue }: Counters): number {
  return clientQueues.reduce((all, one) => all + one, journalQueue);
}

function waitedCell(paint: Paint): (nanoseconds: number, counters: Counters) => Cell {
  return (nanoseconds, { underPressure }) => {
    const text = durationText(nanoseconds / NANOSECONDS_A_MILLISECOND);
    return underPressure ? { text: `${text}, now`, paint: paint.warm } : text;
  };
}

function rotatedCell(paint: Paint): (rotations: number, counters: Counters) => Cell {
  return (rotations, { rotationFailures, reopenFailures }) => {
    const failures = rotationFailures + reopenFailures;
    return failures === 0 ? countText(rotations) : { text: `${rotations}, ${failures} failed`, paint: paint.bad };
  };
}

function alarming(count: number, text: string, paint: Paint): Cell {
  return count === 0 ? text : { text, paint: paint.bad };
}
