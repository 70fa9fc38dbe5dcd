import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import t, { type Test } from 'tap';
import { openMetrics } from '../../ts/ctl/monitors/openmetrics.js';
import { psText } from '../../ts/ctl/monitors/ps-command.js';
import type { Statistics } from '../../ts/ctl/monitors/statistics.js';
import { statisticsText } from '../../ts/ctl/monitors/statistics-text.js';
import { paint } from '../../ts/ctl/paint.js';
import { PAGE, parseCounters } from '../../ts/node/monitors/counters-page.js';
import type { Counters } from '../../ts/node/monitors/counter-values.js';
import type { MonitorInfo } from '../../ts/node/monitors/info.js';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { command } from '../support/command.js';
import { launch } from '../support/monitor.js';
import { monitorInfo } from '../support/monitor-info.js';
import { needs } from '../support/needs.js';
import { scene } from '../support/scene.js';
import { until } from '../support/wait.js';
import { CONMONCTL } from './live.js';

const PLAIN = paint(false);
const NOTHING = parseCounters(Buffer.alloc(PAGE));
const CID = '0123456789abcdef'.repeat(4);

const MONITOR = monitorInfo({
  ...{ pid: 7, version: '2.2.1', cid: CID, cuuid: CID, containerPid: 8, attachSocket: '/b/attach', control: '/b/ctl' },
  ...{ startedAt: new Date(1000), clients: 2, memory: { rss: 4096, anonymous: 1024, pss: 2048 } },
});

function statistics(counters: Partial<Counters> | null, monitor: Partial<MonitorInfo> = {}): Statistics {
  const of = { ...MONITOR, ...monitor };
  if (counters === null) return { monitor: of, counters, unavailable: 'no counters' };
  return { monitor: of, counters: { ...NOTHING, logs: 1, ...counters } };
}

const stream = (changes: Partial<Counters['stdout']>): Counters['stdout'] => ({ ...NOTHING.stdout, ...changes });

void t.test('a table adds up both streams, and shows problems', async (t) => {
  const text = statisticsText(
    [
      statistics({
        stdout: stream({ bytes: 1024, lines: 1000, loggedBytes: 512, lostBytes: 512 }),
        stderr: stream({ bytes: 1024, lines: 234 }),
        ...{ clients: 2, clientQueues: [1024, 1024], journalQueue: 1024, stdinBytes: 5 },
        ...{ rotations: 3, reopenFailures: 1, ooms: 2, pressureNanoseconds: 3e9, underPressure: true },
      }),
    ],
    {},
    { paint: PLAIN, rates: new Map([[7, 2048]]) },
  );
  const [, row = ''] = text.split('\n');
  t.same(row.split(/ {2,}/), [
    ...[
      '0123456789ab',
      'web',
      'root',
      '2 KiB',
      '1,234',
      '512 B',
      '512 B',
      '5 B',
      '2',
      '3 KiB',
      '3s, now',
      '3, 1 failed',
      '2',
    ],
    '2 KiB',
  ]);
});

void t.test('a table marks missing counters and uncounted lines', async (t) => {
  const all = [statistics(null), statistics({ logs: 0 }, { mode: 'exec' })];
  const text = statisticsText(all, {}, { paint: PLAIN });
  t.match(text, /^0123456789ab +web +root +no counters$/m);
  t.match(text, /^0123456789ab \(exec\) +web +root +0 B +- +0 B/m);
});

void t.test('ps marks unknown values, and shows the destination of output that no file has', async (t) => {
  const unknown = {
    name: undefined,
    memory: undefined,
    clients: undefined,
    version: undefined,
    kind: 'unknown',
  } as const;
  const text = psText(
    [
      { ...MONITOR, ...unknown, containerPid: undefined, state: 'creating' },
      { ...MONITOR, state: undefined, uid: 4_000_000 },
      { ...MONITOR, logs: [{ driver: 'journald', path: undefined, bytes: undefined }], mode: 'exec' },
      { ...MONITOR, logs: [1, 2].map((bytes) => ({ driver: 'k8s-file', path: '/l', bytes: bytes * 1024 })) },
    ],
    {},
    { now: 1000 + 3 * 3_600_000, paint: PLAIN },
  );
  const cells = text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((row) => row.split(/ {2,}/));
  t.same(cells[0], ['0123456789ab', '-', 'creating', '3h', '-', '7', 'unknown', 'root', '-', '-', '-', '-']);
  t.same(cells[1]?.slice(2, 3), ['-'], 'a state that we may not see');
  t.equal(cells[1]?.[7], '4000000');
  t.same(cells[2]?.slice(0, 2), ['0123456789ab (exec)', 'web']);
  t.equal(cells[2]?.[10], 'journald');
  t.same(cells[3]?.slice(6), ['conmon-node 2.2.1', 'root', '2 KiB', '1 KiB', '3 KiB', '2']);
});

/** The reference parser of OpenMetrics prints what it has understood, one sample a line. */
const PARSE = `
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
for family in parse(sys.stdin.read()):
    for sample in family.samples:
        labels = ','.join(f'{name}={value!r}' for name, value in sorted(sample.labels.items()))
        print(f'{family.type} {family.unit} {sample.name} {labels} {float(sample.value)}')
`;

const PYTHON = needs('python3-prometheus-client');

async function parsed(t: Test, text: string): Promise<string> {
  const { code, text: samples, stderr } = await command(['/usr/bin/python3', '-c', PARSE], { input: text });
  t.equal(code, 0, stderr);
  return samples;
}

void t.test('metrics are valid OpenMetrics, with types, units and escaped labels', PYTHON, async (t) => {
  const text = openMetrics([
    statistics(
      { stdout: stream({ bytes: 5 }), pressureNanoseconds: 1.5e9, clientQueues: [1, 2] },
      { name: 'a"b\\c\nd' },
    ),
    statistics(null, { cid: 'c', kind: 'conmon', memory: undefined }),
    statistics({}, { cid: 'e', mode: 'exec' }),
  ]);
  t.match(text, /# EOF\n$/);
  const samples = await parsed(t, text);
  const name = String.raw`name='a"b\\c\nd'`;
  for (const expected of [
    `counter bytes conmon_output_bytes_total container='${CID}',${name},stream='stdout' 5.0`,
    `counter seconds conmon_pressure_seconds_total container='${CID}',${name} 1.5`,
    `gauge bytes conmon_attach_queue_bytes container='${CID}',${name} 3.0`,
    `gauge seconds conmon_monitor_start_time_seconds container='c',name='web' 1.0`,
    `gauge bytes conmon_monitor_pss_bytes container='${CID}',${name} 2048.0`,
    `gauge  conmon_monitors kind='conmon-node',mode='exec' 1.0`,
    `gauge  conmon_monitor_info container='c',kind='conmon',name='web',version='2.2.1' 1.0`,
  ]) {
    t.ok(samples.includes(`${expected}\n`), expected);
  }
  t.notMatch(samples, "output_bytes_total container='c'", 'a monitor without counters has no such metric');
  t.notMatch(samples, "container='e'", 'an exec session is only counted');
});

void t.test('OpenMetrics without any sample is valid', PYTHON, async (t) => {
  t.equal(openMetrics([]), '# EOF\n');
  t.equal(await parsed(t, '# EOF\n'), '');
});

void t.test('each family has help, and a type that the older text format knows', async (t) => {
  const text = openMetrics([statistics({})]);
  const families = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  t.ok(families.length > 25);
  for (const [, family, type = ''] of families) {
    t.ok(['counter', 'gauge'].includes(type), `${family} ${type}`);
    t.match(text, new RegExp(`^# HELP ${family} .+\\.$`, 'm'));
  }
});

void t.test('metrics of a running monitor replace a file atomically, readable for the collector', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'seq 1 10; sleep 60' });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  await runtime.start();
  const file = `${s.dir}/conmon.prom`;
  const call = () => command([CONMONCTL, 'stats', '--format', 'openmetrics', '--output', file, s.cid]);
  const sample = await until('the output to be counted', async () => {
    const { code, text, stderr } = await call();
    t.strictSame([code, text, stderr], [0, '', '']);
    const found = /^conmon_output_lines_total\{.*stream="stdout"\} (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1];
    return found === '10' ? found : undefined;
  });
  t.equal(sample, '10');
  t.equal(statSync(file).mode & 0o777, 0o644);
  t.same(
    readdirSync(s.dir).filter((name) => name.endsWith('.tmp')),
    [],
  );
});

void t.test('--watch continues until it is interrupted, with --json one document for each line', async (t) => {
  const child = spawn(CONMONCTL, ['stats', '--watch', '--interval', '0.1', '--json']);
  t.teardown(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (piece: Buffer) => (text += piece.toString()));
  await until('three documents', () => text.split('\n').length > 3);
  child.kill('SIGINT');
  for (const line of text.split('\n').slice(0, -1)) t.ok(Array.isArray(JSON.parse(line)));
});

void t.test('an interval without --watch is refused', async (t) => {
  const { code, stderr } = await command([CONMONCTL, 'stats', '--interval', '5']);
  t.equal(code, 125);
  t.match(stderr, /^conmonctl: --interval is only for --watch\n/);
});

void t.test('--quiet excludes other formats and --watch', async (t) => {
  for (const args of [
    ['stats', '-q', '--json'],
    ['stats', '-q', '--watch'],
    ['stats', '-q', '--format', 'openmetrics'],
    ['ps', '-q', '--json'],
  ]) {
    t.match(await command([CONMONCTL, ...args]), { code: 125, stderr: /--quiet and .* exclude each other/ });
  }
});

void t.test('an invalid interval is refused', async (t) => {
  for (const interval of ['0', '-1', 'x', '1e9']) {
    const { code, stderr } = await command([CONMONCTL, 'stats', '--watch', '--interval', interval]);
    t.equal(code, 125);
    t.match(stderr, /--interval needs seconds/);
  }
});
