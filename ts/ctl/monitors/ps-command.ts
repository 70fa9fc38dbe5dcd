/**
 * `conmonctl ps`: the monitors on this host.
 */
import type { MonitorInfo } from '../../node/monitors/info.js';
import { monitors } from '../../node/monitors/monitors.js';
import { jsonText } from '../json-text.js';
import { paint, type Paint } from '../paint.js';
import { bytesText, countText, durationText, shortId, UNKNOWN } from '../quantities.js';
import { type Cell, type Column, tableText } from '../table.js';
import { userNames } from '../user-name.js';

/** Only shown when there is one. */
const PROBLEM: Column = { title: 'PROBLEM' };
const COLUMNS: readonly Column[] = [
  { title: 'CONTAINER' },
  { title: 'NAME' },
  { title: 'STATE' },
  { title: 'AGE', align: 'right' },
  { title: 'PID', align: 'right' },
  { title: 'MONITOR', align: 'right' },
  { title: 'KIND' },
  { title: 'USER' },
  { title: 'PSS', align: 'right' },
  { title: 'PRIVATE', align: 'right' },
  { title: 'LOG', align: 'right' },
  { title: 'CLIENTS', align: 'right' },
];

export interface PsArguments {
  readonly 'no-trunc'?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Resolves with the exit status. */
export async function psCommand(options: PsArguments): Promise<number> {
  const found = await monitors();
  process.stdout.write(
    options.json === true
      ? `${jsonText(found)}\n`
      : psText(found, Date.now(), options['no-trunc'] === true, paint(process.stdout.isTTY === true)),
  );
  return 0;
}

/** `now` in milliseconds. */
export function psText(found: readonly MonitorInfo[], now: number, whole: boolean, paint: Paint): string {
  const user = userNames();
  const hasProblems = found.some(({ problem }) => problem !== undefined);
  const rows = found.map((info): readonly Cell[] => [
    `${id(info, whole)}${info.mode === 'exec' ? ' (exec)' : ''}`,
    info.name ?? UNKNOWN,
    state(info, paint),
    durationText(now - info.startedAt.getTime()),
    info.containerPid === undefined ? UNKNOWN : String(info.containerPid),
    String(info.pid),
    info.version === undefined ? info.kind : `${info.kind} ${info.version}`,
    user(info.uid),
    bytesText(info.memory?.pss),
    bytesText(info.memory?.anonymous),
    log(info),
    countText(info.clients),
    ...(hasProblems ? [info.problem ?? ''] : []),
  ]);
  return tableText(hasProblems ? [...COLUMNS, PROBLEM] : COLUMNS, rows, paint);
}

function id({ cid }: MonitorInfo, whole: boolean): string {
  if (cid === '') return UNKNOWN;
  return whole ? cid : shortId(cid);
}

function state({ state, cid }: MonitorInfo, paint: Paint): Cell {
  if (cid === '') return UNKNOWN;
  return { text: state, paint: { creating: paint.warm, running: paint.good, ended: paint.faint }[state] };
}

/** Bytes in files, or where else the output goes. */
function log({ logs }: MonitorInfo): string {
  const files = logs.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes]));
  if (files.length > 0) return bytesText(files.reduce((sum, bytes) => sum + bytes, 0));
  return logs[0]?.driver ?? UNKNOWN;
}
