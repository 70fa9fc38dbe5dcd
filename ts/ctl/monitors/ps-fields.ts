/** The columns of `ps`. */
import type { MonitorInfo } from '../../node/monitors/info.js';
import type { Paint } from '../paint.js';
import { bytesText, countText, durationText, UNKNOWN } from '../quantities.js';
import type { Cell } from '../table.js';
import { type Field, identityFields, userField } from './listing.js';

export interface PsContext {
  /** In milliseconds. */
  readonly now: number;
  readonly isWhole: boolean;
  readonly paint: Paint;
  /** Whether any monitor has a problem. */
  readonly hasProblems: boolean;
}

/** In the order in which they are shown. */
export function psFields({ now, isWhole, paint, hasProblems }: PsContext): readonly Field<MonitorInfo>[] {
  const problem: Field<MonitorInfo> = {
    column: { title: 'PROBLEM', shortest: 12 },
    cell: ({ problem: text = '' }) => text,
    rank: ({ problem: text }) => text,
  };
  return [
    ...identityFields<MonitorInfo>(isWhole, (info) => info),
    { column: { title: 'STATE' }, cell: (info) => stateCell(info, paint), rank: ({ state }) => state },
    {
      column: { title: 'AGE', align: 'right', drop: 7 },
      cell: ({ startedAt }) => durationText(now - startedAt.getTime()),
      rank: ({ startedAt }) => now - startedAt.getTime(),
    },
    number('PID', 9, ({ containerPid }) => containerPid, text),
    number('MONITOR', 5, ({ pid }) => pid, text),
    {
      column: { title: 'KIND', shortest: 11, drop: 6 },
      cell: ({ kind, version }) => (version === undefined ? kind : `${kind} ${version}`),
      rank: ({ kind, version = '' }) => `${kind} ${version}`,
    },
    userField(8, (info) => info),
    number('PSS', 3, ({ memory }) => memory?.pss, bytesText),
    number('PRIVATE', 1, ({ memory }) => memory?.anonymous, bytesText),
    { column: { title: 'LOG', align: 'right', drop: 4 }, cell: logText, rank: logBytes },
    number('CLIENTS', 2, ({ clients }) => clients, countText),
    ...(hasProblems ? [problem] : []),
  ];
}

function number(
  title: string,
  drop: number,
  valueOf: (info: MonitorInfo) => number | undefined,
  textOf: (value: number | undefined) => string,
): Field<MonitorInfo> {
  return { column: { title, align: 'right', drop }, cell: (info) => textOf(valueOf(info)), rank: valueOf };
}

function text(value: number | undefined): string {
  return value === undefined ? UNKNOWN : String(value);
}

function stateCell({ state }: MonitorInfo, paint: Paint): Cell {
  if (state === undefined) return UNKNOWN;
  const paints = {
    creating: paint.warm,
    running: paint.good,
    paused: paint.warm,
    stopped: paint.bad,
    ended: paint.faint,
  };
  return { text: state, paint: paints[state] };
}

/** Bytes in files, or where else the output goes. */
function logText(info: MonitorInfo): string {
  const bytes = logBytes(info);
  return bytes === undefined ? (info.logs[0]?.driver ?? UNKNOWN) : bytesText(bytes);
}

function logBytes({ logs }: MonitorInfo): number | undefined {
  const files = logs.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes]));
  return files.length === 0 ? undefined : files.reduce((sum, bytes) => sum + bytes, 0);
}
