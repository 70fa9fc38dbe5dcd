/** `ps` and `stats`: which monitors are listed, in which order, and how wide. */
import { execFileSync } from 'node:child_process';
import t from 'tap';
import { filterOf } from '../../ts/ctl/monitors/filter.js';
import { type ListArguments, psText } from '../../ts/ctl/monitors/ps-command.js';
import { fitRows } from '../../ts/ctl/monitors/screen.js';
import { listed, statisticsText } from '../../ts/ctl/monitors/statistics-text.js';
import { paint } from '../../ts/ctl/paint.js';
import { PAGE, parseCounters } from '../../ts/node/monitors/counters-page.js';
import type { MonitorInfo } from '../../ts/node/monitors/info.js';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { command } from '../support/command.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { scene } from '../support/scene.js';
import { Screen } from '../support/screen.js';
import { until } from '../support/wait.js';
import { CONMONCTL } from './live.js';

const PLAIN = paint(false);
const HEX = 'abcdef0123456789'.repeat(4);

function info(changes: Partial<MonitorInfo>): MonitorInfo {
  return {
    ...{ pid: 1, uid: 0, isForeign: false, kind: 'conmon-node', version: '2.2.1', cid: HEX, name: 'web' },
    ...{ cuuid: undefined, mode: 'create', terminal: false, state: 'running', containerPid: 2, bundle: '/b' },
    ...{ logs: [], attachSocket: undefined, control: undefined, exitFiles: [], startedAt: new Date(0) },
    ...{ memory: { rss: 2_000_000, anonymous: 100_000, pss: 1_000_000 }, clients: 0, problem: undefined },
    ...changes,
  };
}

const WEB = info({ pid: 10 });
const DB = info({
  pid: 11,
  cid: 'mydatabase-production-1',
  name: 'db-web',
  kind: 'conmon',
  version: '2.1.6',
  uid: 4321,
});
const EXEC = info({ pid: 12, mode: 'exec', state: 'paused', startedAt: new Date(5000) });
const HIDDEN = info({
  pid: 13,
  cid: '',
  name: undefined,
  state: undefined,
  memory: undefined,
  kind: 'unknown',
  uid: 99,
});
const ALL = [WEB, DB, EXEC, HIDDEN];

t.test('filters with one key are alternatives, those with several keys must all match', async (t) => {
  for (const [words, pids] of [
    [[], [10, 11, 12, 13]],
    [['id=abc'], [10, 12]],
    [['id='], []],
    [['name=web'], [10, 11, 12]],
    [['name=db'], [11]],
    [['state=paused'], [12]],
    [['state=unknown'], [13]],
    [
      ['status=running', 'state=paused'],
      [10, 11, 12],
    ],
    [['user=root'], [10, 12]],
    [
      ['user=4321', 'user=99'],
      [11, 13],
    ],
    [['kind=conmon'], [11]],
    [['mode=exec'], [12]],
    [['mode=container', 'user=0'], [10]],
    [['name=a=b'], []],
  ] as const) {
    t.same(
      ALL.filter(filterOf(words)).map(({ pid }) => pid),
      pids,
      words.join(' '),
    );
  }
  for (const word of ['web', 'nope=1', '=x', 'toString=1', '']) {
    t.throws(() => filterOf([word]), {
      message: `--filter does not know ${JSON.stringify(word)}`,
      advice: /id, name, state/,
    });
  }
  t.throws(() => filterOf(['state=up']), /--filter state is creating or running .*, not "up"/);
});

const ps = (options: ListArguments, width?: number, all = ALL): string =>
  psText(all, options, { now: 10_000, paint: PLAIN, width });

t.test('ps sorts text in ascending, numbers in descending order, and unknown values last', async (t) => {
  const order = (sort: string, all = ALL): readonly number[] =>
    (JSON.parse(ps({ sort, json: true }, undefined, all)) as readonly MonitorInfo[]).map(({ pid }) => pid);
  t.same(order('name'), [11, 10, 12, 13]);
  t.same(order('-name'), [10, 12, 11, 13]);
  t.same(order('monitor'), [13, 12, 11, 10]);
  t.same(order('-monitor'), [10, 11, 12, 13]);
  t.same(order('age'), [10, 11, 13, 12], 'the oldest first');
  t.same(
    order('pss', [HIDDEN, WEB, info({ pid: 14, memory: { rss: 1, anonymous: 1, pss: 2_000_000 } })]),
    [14, 10, 13],
  );
  t.throws(() => ps({ sort: 'size' }), {
    message: '--sort does not know "size"',
    advice: /container, name, state, .*clients/,
  });
});

t.test('--quiet prints words that other commands take, each once', async (t) => {
  t.equal(ps({ quiet: true }), 'abcdef012345\nmydatabase-production-1\npid:13\n');
  t.equal(ps({ quiet: true, 'no-trunc': true, filter: ['mode=exec'] }), `${HEX}\n`);
  t.equal(ps({ quiet: true, filter: ['state=ended'] }), '');
  t.equal(ps({ quiet: true }, undefined, [info({ cid: 'a\x1b[2J' })]), 'a␛[2J\n');
});

t.test('only ids of 64 hexadecimal digits are shortened', async (t) => {
  const text = ps({});
  t.match(text, /^abcdef012345 +web/m);
  t.match(text, /^mydatabase-production-1 +db-web/m);
  t.match(ps({ 'no-trunc': true }), new RegExp(`^${HEX} \\(exec\\)`, 'm'));
});

const K8S = 'k8s_nginx_frontend-7d9c5b6f4-x2x9q_production_0b2c1d3e-4f5a-6b7c-8d9e-0f1a2b3c4d5e_0';

t.test('ps fits any terminal, and keeps what matters', async (t) => {
  const all = [...ALL, info({ name: K8S, cid: 'many-containers-of-one-kind-17', problem: 'it was not examined' })];
  for (const width of [200, 120, 100, 80, 60, 40]) {
    const lines = ps({}, width, all).trimEnd().split('\n');
    for (const line of lines) t.ok(line.length <= width, `${width}: ${line.length}`);
    t.match(lines[0], /^CONTAINER .*NAME .*STATE/);
    t.match(lines[1], /^abcdef012345 +web +running/);
  }
  const at80 = ps({}, 80).split('\n')[0];
  t.match(at80, /^CONTAINER +NAME +STATE +AGE +PID +MONITOR +KIND +USER +LOG$/);
  t.match(ps({}, 80, [WEB]).split('\n')[0], /USER/);
  t.match(ps({ 'no-trunc': true }, 80, all), K8S, 'nothing is cut if that is wanted');
  t.match(ps({}, undefined, all), K8S, 'nor without a terminal');
});

const NOTHING = parseCounters(Buffer.alloc(PAGE));
const STATISTICS = [3, 1, 2].map((bytes) => ({
  monitor: info({ pid: bytes, name: `c${bytes}`, cid: K8S }),
  counters: { ...NOTHING, logs: 1, stdout: { ...NOTHING.stdout, bytes } },
}));

t.test('stats sorts, filters and fits as well', async (t) => {
  const order = (options: ListArguments): readonly number[] =>
    listed([...STATISTICS, { monitor: WEB, counters: null }], options, new Map([[1, 9]])).map(
      ({ monitor }) => monitor.pid,
    );
  t.same(order({ sort: 'out' }), [3, 2, 1, 10]);
  t.same(order({ sort: '-out' }), [1, 2, 3, 10]);
  t.same(order({ sort: 'out/s' })[0], 1);
  t.same(order({ filter: ['name=c1', 'name=c3'] }), [3, 1]);
  const table = statisticsText(STATISTICS, {}, { paint: PLAIN, width: 80 });
  for (const line of table.split('\n')) t.ok(line.length <= 80, line);
  t.match(table, /^CONTAINER +NAME .*OUT .*LOST/);
  t.match(statisticsText(STATISTICS, {}, { paint: PLAIN }), / USER .* ROTATED +OOM\n/);
  t.equal(statisticsText(STATISTICS, { quiet: true }, { paint: PLAIN }), `${K8S}\n`);
});

t.test('a table that is higher than the screen keeps its header, and prints how many rows are missing', async (t) => {
  const table = `HEAD\n${Array.from({ length: 10 }, (_, at) => `row ${at}\n`).join('')}`;
  t.same(fitRows(table, '', 11).length, 11);
  t.same(fitRows(table, '', 5), ['HEAD', 'row 0', 'row 1', 'row 2', '… 7 more not shown']);
  t.same(fitRows(table, 'a remark\n', 5), ['HEAD', 'row 0', 'row 1', '… 8 more not shown', 'a remark']);
  t.same(fitRows(table, '', 2), ['HEAD', '… 10 more not shown']);
  t.same(fitRows(table, 'a\nb\nc\n', 3), ['HEAD', 'row 0', '… 9 more not shown']);
  t.same(fitRows(table, '', 1), ['HEAD']);
});

t.test('stats --watch updates the screen in place, and cleans up', needs('script', 'miniruntime'), async (t) => {
  const s = scene(t);
  for (let at = 0; at < 8; at += 1) {
    const each = scene(t);
    const run = launch(t, each, createArguments(each, actor(each, { payload: 'sleep 60', ungated: true }).path));
    await run.started();
  }
  const words = ['sh', '-c', 'echo before; "$0" stats --watch --interval 0.1; echo "after $?"', CONMONCTL];
  const screen = new Screen(words, { cwd: s.dir, env: process.env, rows: 6, columns: 80 });
  t.teardown(() => screen.end());
  await screen.shows(/^CONTAINER .*\n(.*\n){4}… \d+ more not shown$/);
  await until('some rounds', async () => screen.isAlternate);
  await new Promise((resolve) => setTimeout(resolve, 500));
  t.equal(screen.scrollback, 0);
  t.match(screen.text(), /^CONTAINER /);
  screen.type('\x03');
  await screen.shows(/^before/);
  t.notOk(screen.isAlternate);
  t.notMatch(screen.text(), 'CONTAINER');
});

t.test('COLUMNS limits tables that go elsewhere', async (t) => {
  const env = { ...process.env, COLUMNS: '50' };
  const header = execFileSync(CONMONCTL, ['ps'], { encoding: 'utf8', env }).split('\n')[0] ?? '';
  t.ok(header.length <= 50, header);
  const { text } = await command([CONMONCTL, 'ps'], { env: { ...process.env, COLUMNS: undefined } });
  t.match(text, /CLIENTS/);
});
