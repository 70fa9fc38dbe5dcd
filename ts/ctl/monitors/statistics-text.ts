/**
 * Statistics as a table.
 */
import type { Counters, StreamCounters } from '../../node/monitors/counters.js';
import type { Paint } from '../paint.js';
import { bytesText, countText, durationText, shortId, UNKNOWN } from '../quantities.js';
import { type Cell, type Column, tableText } from '../table.js';
import type { Statistics } from './statistics.js';

const COLUMNS: readonly Column[] = [
  { title: 'CONTAINER' },
  { title: 'NAME' },
  { title: 'OUT', align: 'right' },
  { title: 'LINES', align: 'right' },
  { title: 'LOGGED', align: 'right' },
  { title: 'LOST', align: 'right' },
  { title: 'IN', align: 'right' },
  { title: 'CLIENTS', align: 'right' },
  { title: 'QUEUED', align: 'right' },
  { title: 'WAITED', align: 'right' },
  { title: 'ROTATED', align: 'right' },
  { title: 'OOM', align: 'right' },
];
const PER_SECOND: Column = { title: 'OUT/S', align: 'right' };
const NANOSECONDS_A_MILLISECOND = 1e6;

/** Bytes a second of a container, by the pid of its monitor. */
export type Rates = ReadonlyMap<number, number>;

/** With `rates`, there is a column for them. */
export function statisticsText(all: readonly Statistics[], paint: Paint, rates?: Rates): string {
  const columns = rates === undefined ? COLUMNS : [...COLUMNS, PER_SECOND];
  const rows = all.map((each) => {
    const { monitor, counters } = each;
    const id = monitor.cid === '' ? UNKNOWN : shortId(monitor.cid);
    const names = [`${id}${monitor.mode === 'exec' ? ' (exec)' : ''}`, monitor.name ?? UNKNOWN];
    if (counters === null) return [...names, { text: each.unavailable ?? UNKNOWN, paint: paint.faint }];
    const rate = rates?.get(monitor.pid);
    return [...names, ...cells(counters, paint), ...(rates === undefined ? [] : [bytesText(rate)])];
  });
  const padded = rows.map((row) => [...row, ...columns.slice(row.length).map(() => '')]);
  return tableText(columns, padded, paint);
}

function cells(counters: Counters, paint: Paint): readonly Cell[] {
  const sum = (field: keyof StreamCounters): number => counters.stdout[field] + counters.stderr[field];
  const lost = sum('lostBytes');
  const queued = counters.clientQueues.reduce((all, one) => all + one, counters.journalQueue);
  const waited = durationText(counters.pressureNanoseconds / NANOSECONDS_A_MILLISECOND);
  const failures = counters.rotationFailures + counters.reopenFailures;
  return [
    bytesText(sum('bytes')),
    counters.logs === 0 ? UNKNOWN : countText(sum('lines')),
    bytesText(sum('loggedBytes')),
    lost === 0 ? bytesText(0) : { text: bytesText(lost), paint: paint.bad },
    bytesText(counters.stdinBytes),
    countText(counters.clients),
    bytesText(queued),
    counters.underPressure ? { text: `${waited}, now`, paint: paint.warm } : waited,
    failures === 0
      ? countText(counters.rotations)
      : { text: `${counters.rotations}, ${failures} failed`, paint: paint.bad },
    counters.ooms === 0 ? countText(0) : { text: countText(counters.ooms), paint: paint.bad },
  ];
}
