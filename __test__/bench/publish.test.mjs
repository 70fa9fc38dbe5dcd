/** Pictures and pages say what the results say: all of it, losses too, and nothing else. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { pictures } from '../../bench/plots/pictures.mjs';
import { latest, pages } from '../../bench/publish.mjs';
import { row } from '../../bench/report.mjs';
import { at } from '../../scripts/project.mjs';

const made = (name, unit, better, ours, c) =>
  row({ name, unit, better, kind: 'exact', values: { ours: [ours], c: [c] } });

const ROWS = [
  made('--version', 'ms', 'less', 1, 2),
  made('end → exit file', 'ms', 'less', 3, 2),
  made('200 containers at once: CPU of all', 'ms', 'less', 2, 2),
  made('50 execs a second: CPU of each', 'ms', 'less', 2, 2),
  made('conmon-node: start → pid, create', 'ms', 'less', 2, 2),
  made('planner alone, in conmon-node: the same words', 'ms', 'less', 40, 2),
  made('idle, private dirty memory', 'kB', 'less', 88, 328),
  made('growth: all of it', 'kB', 'less', 8, 0),
  made('size of the executable', 'kB', 'less', 2500, 150),
  made('20-byte lines: taken in', 'MiB/s', 'more', 300, 100),
  made('20-byte lines: CPU', 'ms/MiB', 'less', 3, 8),
  made('journald, 100-byte lines: CPU of each', 'µs', 'less', 2, 4),
];

/** x of the circles of one kind. */
function dots(svg, kind) {
  const groups = svg.match(new RegExp(`<g[^>]*class="${kind}"[\\s\\S]*?(?:</g>){1,2}`, 'g')) ?? [];
  return groups.flatMap((group) => [...group.matchAll(/cx="([\d.]+)"/g)].map(([, x]) => Number(x)));
}

void t.test('the same results give the same pictures', async (t) => {
  t.strictSame(pictures(ROWS), pictures(structuredClone(ROWS)));
});

void t.test('every row is drawn, wins and losses', async (t) => {
  const text = Object.values(pictures(ROWS)).join('');
  const shown = [
    '--version',
    'end → exit file',
    'CPU of all',
    'CPU of each',
    'start → pid, create',
    '83 words refused',
  ];
  for (const label of [
    ...shown,
    'private dirty memory',
    'all of it',
    'the executable',
    '20-byte lines',
    '2500',
    '300',
  ]) {
    t.ok(text.includes(`>${label}<`), label);
  }
});

void t.test('a loss is drawn on the other side of C conmon than a win', async (t) => {
  const { overview } = pictures(ROWS);
  const [wins, losses] = [dots(overview, 'ours'), dots(overview, 'loss')];
  t.equal(wins.length, 5);
  t.equal(losses.length, 2);
  t.ok(Math.max(...wins) < Math.min(...losses), `${wins} | ${losses}`);
});

void t.test('a picture needs nothing from outside and has colours for the dark', async (t) => {
  for (const [name, svg] of Object.entries(pictures(ROWS))) {
    t.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/, name);
    t.notMatch(svg.replace('http://www.w3.org/2000/svg', ''), /https?:|url\(|<script|<image|NaN|undefined/, name);
    t.match(svg, 'prefers-color-scheme: dark', name);
  }
});

void t.test('pictures, README and docs/benchmarks.md are those of the latest results', async (t) => {
  for (const [path, text] of await pages(latest())) {
    t.ok(readFileSync(at(path), 'utf8') === text, `${path}: npm run bench -- --redraw updates it`);
  }
});

void t.test('every loss and every missed target of the latest results is on the page, with a reason', async (t) => {
  const text = readFileSync(at('docs/benchmarks.md'), 'utf8');
  const losses = text.slice(text.indexOf('## Losses, and why'));
  for (const { name, verdict, met } of latest().rows) {
    const line = losses.split('\n').find((one) => one.startsWith(`| ${name} `));
    t.equal(line !== undefined, verdict === 'LOSS' || met === false, name);
  }
});
