/** The whole benchmark in its quick form, with C conmon on both sides: it measures everything, and finds no difference. */
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { command } from '../support/command.js';
import { needs, which } from '../support/needs.js';

interface Row {
  readonly name: string;
  readonly ours: { readonly median: number };
  readonly c: { readonly median: number } | null;
  readonly ratio: number | null;
  readonly met: boolean | null;
}

const ONE_SIDED = ['planner alone, inside a Node that runs: the same words'];
const OTHER_PROGRAM = [
  'planner alone, in conmon-node: the same words',
  'conmon-node: start → pid, create',
  ...['100-byte lines', '1000-byte lines', '8000-byte lines'].map((lines) => `k8s-file, ${lines}: CPU`),
  ...['s6-log', 'multilog', 'svlogd']
    .filter((logger) => which(logger) !== undefined)
    .map((logger) => `k8s-file beside ${logger}, 100-byte lines: CPU`),
];
/** Kilobytes, of which a few more or less say nothing. */
const GROWTH = [
  'growth: 300 attaches to a silent container',
  ...['64 MiB of log', '300 attaches', '100 reopened logs', '1000 resizes', 'all of it', 'all of it, anonymous'].map(
    (what) => `growth: ${what}`,
  ),
];
const hasPodman = ['podman', 'crun', 'busybox'].every((program) => which(program) !== undefined);
const THE_SAME = [
  '--version',
  'planner alone: 83 words refused',
  'size of the executable',
  'start → pid, create',
  ...['start → pid, create: system calls', '--version: page faults', 'planner alone, 83 words refused: page faults'],
  ...(which('valgrind') === undefined ? [] : ['--version', 'planner alone, 83 words refused']).map(
    (what) => `${what}: instructions`,
  ),
  'start → pid, exec',
  'start → exit code, legacy exec --sync',
  'end → exit file',
  'end → exit file, killed as it is created',
  'idle, anonymous memory',
  'idle, private dirty memory',
  'idle, PSS of one monitor',
  'idle, anonymous memory of each of 20 monitors',
  'idle, private dirty memory of each of 20 monitors',
  'idle, PSS of each of 20 monitors',
  '40 idle containers: all memory of each monitor',
  'after 300 attaches to a silent container: descriptors',
  'idle, wake-ups in 3 s',
  'idle, CPU in 3 s',
  ...['20-byte lines', '100-byte lines', '1000-byte lines', '8000-byte lines', '1000-byte lines, 1 attached'].flatMap(
    twice,
  ),
  ...twice('1000-byte lines, 3 attached'),
  '200 containers at once: start → last pid',
  '200 containers at once: end → last monitor gone',
  '200 containers at once: CPU of all',
  '50 execs a second: start → exit code',
  '50 execs a second: CPU of each',
  '10 finished exec sessions: processes',
  '10 finished exec sessions: PSS of all monitors',
  ...(hasPodman ? ['processes left', 'PSS kept for each'] : []).map(
    (what) => `8 finished API execs of Podman: ${what}`,
  ),
  '200 rootless containers that all write: pages in pipes',
  '200 rootless containers that all write: pages of a fresh pipe',
  'journald, 100-byte lines: time of each',
  'journald, 100-byte lines: CPU of each',
];

function twice(lines: string): string[] {
  return [`${lines}: taken in`, `${lines}: CPU`];
}

void t.test('a quick run', needs('conmon', 'miniruntime', 'root'), async (t) => {
  const results = mkdtempSync(`${tmpdir()}/bench-results-`);
  const place = mkdtempSync('/dev/shm/bench-place-');
  chmodSync(place, 0o711);
  t.teardown(() => {
    for (const directory of [results, place]) rmSync(directory, { recursive: true, force: true });
  });
  const program = fileURLToPath(new URL('../../bench/main.mjs', import.meta.url));
  const conmon = which('conmon') ?? '';
  const options = ['--quick', '--results', results, '--label', 'test', '--place', place];
  const run = await command([process.execPath, program, ...options], {
    env: { ...process.env, CONMON_OURS: conmon, CONMON_C: conmon },
    patience: 170_000,
  });
  t.equal(run.code, 0, run.stderr);
  t.equal(run.stderr, '', 'no progress is shown where nobody looks');
  t.strictSame(readdirSync(place), [], 'nothing is left on the tmpfs');

  const { rows } = JSON.parse(readFileSync(`${results}/test.json`, 'utf8')) as { rows: readonly Row[] };
  t.strictSame(
    rows.map(({ name }) => name).sort(),
    [...THE_SAME, ...GROWTH, ...ONE_SIDED, ...OTHER_PROGRAM].sort(),
    'every measure is there',
  );
  for (const { name, ours, c } of rows) {
    t.ok(Number.isFinite(ours.median), `${name}: a number`);
    t.equal(c === null, ONE_SIDED.includes(name), `${name}: two sides, if there is another`);
  }
  // Loose enough for a machine that does other things too; what does not hang on it is tight.
  for (const { name, ratio } of rows.filter((row) => THE_SAME.includes(row.name) && row.ratio !== null)) {
    const limit = /^idle, .*memory|pages|system calls|page faults/.test(name) ? 1.15 : /size/.test(name) ? 1 : 10;
    t.ok(ratio !== null && ratio <= limit && ratio >= 1 / limit, `${name}: ${ratio}, of the same program`);
  }
  for (const { name, ours, c } of rows.filter((row) => GROWTH.includes(row.name))) {
    t.ok(Math.abs(ours.median - (c?.median ?? Number.NaN)) <= 64, `${name}: the same program, about the same growth`);
  }
  t.equal(rows.find(({ name }) => name === 'idle, wake-ups in 3 s')?.ours.median, 0, 'C conmon sleeps when idle');
  const table = readFileSync(`${results}/test.md`, 'utf8');
  t.equal(run.text, table, 'the table is printed too');
  t.equal(table.split('\n').filter((line) => line.startsWith('| ')).length, rows.length + 2, 'a line for each measure');
});
