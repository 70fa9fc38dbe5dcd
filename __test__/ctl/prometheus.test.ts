/** Metrics in Prometheus' text format, and what the package has for Prometheus, judged by Prometheus' own programs. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import t, { type Test } from 'tap';
import { openMetrics } from '../../ts/ctl/monitors/openmetrics.js';
import type { Statistics } from '../../ts/ctl/monitors/statistics.js';
import { PAGE, parseCounters } from '../../ts/node/monitors/counters-page.js';
import { MONITOR_COUNTERS, STREAM_COUNTERS } from '../../ts/node/monitors/counter-values.js';
import type { MonitorInfo } from '../../ts/node/monitors/info.js';
import { command } from '../support/command.js';
import { monitorInfo } from '../support/monitor-info.js';
import { needs } from '../support/needs.js';
import { freePort } from '../support/port.js';
import { ROOT } from '../support/target.js';
import { until } from '../support/wait.js';

const EXAMPLES = `${ROOT}examples/prometheus`;
const DIRECTORY = '/var/lib/prometheus/node-exporter';
const CID = '0123456789abcdef'.repeat(4);

const MONITOR = monitorInfo({
  ...{ pid: 7, version: '2.2.1', cid: CID, cuuid: CID, containerPid: 8, attachSocket: '/b/attach', control: '/b/ctl' },
  ...{ startedAt: new Date(1000), clients: 2, memory: { rss: 4096, anonymous: 1024, pss: 2048 } },
});

function statistics(monitor: Partial<MonitorInfo> = {}): Statistics {
  const counters = parseCounters(Buffer.alloc(PAGE));
  const stdout = { ...counters.stdout, bytes: 5 };
  return {
    monitor: { ...MONITOR, ...monitor },
    counters: { ...counters, stdout, logs: 1, pressureNanoseconds: 1.5e9 },
  };
}

void t.test('counters have type and help under the name of their samples', needs('promtool'), async (t) => {
  const text = openMetrics([statistics({ name: 'a"b\\c\nd' }), statistics({ cid: 'e', mode: 'exec' })], 'prometheus');
  const { code, text: remarks, stderr } = await command(['promtool', 'check', 'metrics'], { input: text });
  t.strictSame([code, remarks, stderr], [0, '', '']);
  for (const { metric } of [...STREAM_COUNTERS, ...MONITOR_COUNTERS].filter(
    (each) => 'metric' in each && each.kind === 'counter',
  )) {
    t.match(text, `# TYPE ${String(metric)}_total counter\n# HELP ${String(metric)}_total `);
  }
  t.match(text, `conmon_output_bytes_total{container="${CID}",name="a\\"b\\\\c\\nd",stream="stdout"} 5\n`);
  t.notMatch(text, /# UNIT|# EOF|# TYPE conmon_output_bytes counter/);
  t.match(
    openMetrics([statistics()]),
    /# TYPE conmon_output_bytes counter\n# UNIT conmon_output_bytes bytes\n[^]*# EOF\n$/,
  );
});

void t.test('another process that claims a container neither doubles its samples nor takes their place', async (t) => {
  const foreign = statistics({ pid: 6, kind: 'unknown', isForeign: true, uid: 7 });
  const nameless = [8, 9].map((pid) => statistics({ pid, cid: '', name: undefined, problem: 'too slow' }));
  const text = openMetrics([foreign, statistics(), ...nameless], 'prometheus');
  const samples = text.split('\n').map((line) => line.replace(/ \S+$/, ''));
  t.equal(new Set(samples).size, samples.length);
  t.same(text.match(/^conmon_monitor_info.*$/gm), [
    `conmon_monitor_info{container="${CID}",name="web",kind="conmon-node",version="2.2.1"} 1`,
  ]);
  t.match(text, 'conmon_monitors{kind="conmon-node",mode="create"} 3');
});

/** What node_exporter answers when the file is in its directory. */
async function exported(t: Test, metrics: string): Promise<string> {
  const dir = mkdtempSync(`${tmpdir()}/conmon-exporter-`);
  writeFileSync(`${dir}/conmon.prom`, metrics);
  const address = `127.0.0.1:${await freePort()}`;
  const flags = ['--collector.disable-defaults', '--collector.textfile', `--collector.textfile.directory=${dir}`];
  const child = spawn('prometheus-node-exporter', [...flags, `--web.listen-address=${address}`], { stdio: 'ignore' });
  t.teardown(() => {
    child.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });
  return until('node_exporter', async () => {
    const answer = await fetch(`http://${address}/metrics`).catch(() => undefined);
    return answer?.text();
  });
}

void t.test(
  'node_exporter serves every family with its type and help',
  needs('prometheus-node-exporter'),
  async (t) => {
    const text = openMetrics([statistics()], 'prometheus');
    const served = await exported(t, text);
    t.match(served, 'node_textfile_scrape_error 0\n');
    const heads = text.match(/^# (?:TYPE|HELP) .*$/gm) ?? [];
    t.ok(heads.length > 50);
    for (const head of heads) t.ok(served.includes(`${head}\n`), head);
  },
);

void t.test('promtool takes the alert rules', needs('promtool'), async (t) => {
  const { code, text, stderr } = await command(['promtool', 'check', 'rules', `${EXAMPLES}/conmon.rules.yml`]);
  t.equal(code, 0, stderr);
  t.match(text, '3 rules found');
});

/** Series by minute, and the alerts that they lead to. */
const ALERTS = `
rule_files: [${EXAMPLES}/conmon.rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'conmon_lost_bytes_total{instance="h", name="web", container="c", stream="stdout"}'
        values: '0x5 1024x20'
      - series: 'conmon_lost_bytes_total{instance="h", name="ok", container="d", stream="stdout"}'
        values: '7x30'
      - series: 'conmon_pressure_seconds_total{instance="h", name="web", container="c"}'
        values: '0+30x30'
      - series: 'conmon_pressure_seconds_total{instance="h", name="ok", container="d"}'
        values: '0+1x30'
      - series: 'node_textfile_mtime_seconds{instance="h", file="${DIRECTORY}/conmon.prom"}'
        values: '0x30'
      - series: 'node_textfile_mtime_seconds{instance="h", file="${DIRECTORY}/other.prom"}'
        values: '0x30'
    alert_rule_test:
      - {eval_time: 4m, alertname: ConmonOutputLost}
      - eval_time: 8m
        alertname: ConmonOutputLost
        exp_alerts:
          - exp_labels: {severity: warning, instance: h, name: web, container: c, stream: stdout}
            exp_annotations:
              summary: 'Output of container web on h is missing from its log'
              description: '1kiB of stdout of container c could not be logged in the last 10 minutes. Is the disk full, or does journald not read?'
      - {eval_time: 4m, alertname: ConmonContainerBlocked}
      - eval_time: 15m
        alertname: ConmonContainerBlocked
        exp_alerts:
          - exp_labels: {severity: warning, instance: h, name: web, container: c}
            exp_annotations:
              summary: 'Container web on h waits for a reader of its output'
              description: 'For 50% of the time container c is blocked by an attach client or a log that does not read.'
      - {eval_time: 1m, alertname: ConmonMetricsStale}
      - eval_time: 3m
        alertname: ConmonMetricsStale
        exp_alerts:
          - exp_labels: {severity: warning, instance: h, file: ${DIRECTORY}/conmon.prom}
            exp_annotations:
              summary: 'The metrics of container monitors on h are old'
              description: 'They were written 3m 0s ago: systemctl status conmon-metrics.timer conmon-metrics.service'
`;

void t.test('each alert fires when it should, and only then', needs('promtool'), async (t) => {
  const file = `${t.testdir({})}/test.yml`;
  writeFileSync(file, ALERTS);
  const { code, text, stderr } = await command(['promtool', 'test', 'rules', file]);
  t.equal(code, 0, text + stderr);
});

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

const DASHBOARD: { readonly panels: readonly Panel[] } = JSON.parse(readFileSync(`${EXAMPLES}/dashboard.json`, 'utf8'));

void t.test('every metric of the dashboard and the alerts is one that stats exports', async (t) => {
  const served = openMetrics([statistics()], 'prometheus');
  const names = new Set([...served.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
  const texts = [
    readFileSync(`${EXAMPLES}/conmon.rules.yml`, 'utf8'),
    ...DASHBOARD.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ];
  const used = texts.flatMap((text) => text.match(/\bconmon_\w+/g) ?? []);
  t.ok(used.length > 10);
  for (const name of used) t.ok(names.has(name), name);
});

void t.test('promtool takes every expression of the dashboard', needs('promtool'), async (t) => {
  const expressions = DASHBOARD.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
  const rules = expressions.map(({ expr }, at) => ({
    record: `panel:${at}`,
    expr: expr.replaceAll('$__rate_interval', '5m'),
  }));
  const file = `${t.testdir({})}/rules.yml`;
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  const { code, stderr } = await command(['promtool', 'check', 'rules', file]);
  t.equal(code, 0, stderr);
});

void t.test('systemd takes the timer and its service', needs('systemd'), async (t) => {
  const dir = t.testdir({});
  // It looks for the program and the manual.
  const service = readFileSync(`${EXAMPLES}/conmon-metrics.service`, 'utf8');
  t.match(service, `ExecStart=conmonctl stats --format prometheus --output ${DIRECTORY}/conmon.prom\n`);
  writeFileSync(`${dir}/conmon-metrics.service`, service.replace('=conmonctl', '=/bin/true'));
  writeFileSync(`${dir}/conmon-metrics.timer`, readFileSync(`${EXAMPLES}/conmon-metrics.timer`));
  const units = readdirSync(dir).map((name) => `${dir}/${name}`);
  const { code, stderr } = await command(['systemd-analyze', '--man=no', 'verify', ...units]);
  t.strictSame([code, stderr], [0, '']);
});

void t.test('one directory is documented, that of Debian', async (t) => {
  for (const page of [
    'docs/conmonctl.md',
    'docs/cri-o.md',
    'docs/operating.md',
    'man/conmonctl.1',
    'examples/prometheus/conmon-metrics.service',
  ]) {
    const text = readFileSync(`${ROOT}${page}`, 'utf8').replaceAll('\\', '');
    for (const place of text.match(/\/var\/lib\/[\w/.-]*node[_-]exporter/g) ?? []) t.equal(place, DIRECTORY, page);
  }
});
