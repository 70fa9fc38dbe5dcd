/**
 * The benchmark: our monitor against C conmon, in one run, in turn.
 *
 * `npm run bench` writes `bench/results/latest.json` and `.md`, draws the pictures next to them, and updates the numbers in
 * `docs/benchmarks.md` and the README; `--redraw` only updates these. `--label NAME` renames the results and changes
 * nothing else; `--quick` (rough numbers) and `--only MEASURE` write nothing without a label or `--results DIR`.
 * Containers and logs are in `--place DIR`, best on a tmpfs. `CONMON_OURS=` and `CONMON_C=` select other executables: if
 * both are the same, every verdict should be "even".
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { at, Problem, runMain } from '../scripts/project.mjs';
import { buildHarness } from './harness.mjs';
import { api } from './measures/api.mjs';
import { counts } from './measures/counts.mjs';
import { crowd } from './measures/crowd.mjs';
import { dense } from './measures/dense.mjs';
import { formats } from './measures/formats.mjs';
import { growth } from './measures/growth.mjs';
import { idle } from './measures/idle.mjs';
import { instructions } from './measures/instructions.mjs';
import { journald } from './measures/journald.mjs';
import { lives } from './measures/lives.mjs';
import { node } from './measures/node.mjs';
import { pipes } from './measures/pipes.mjs';
import { programs } from './measures/programs.mjs';
import { sessions } from './measures/sessions.mjs';
import { throughput } from './measures/throughput.mjs';
import { latest, publish } from './publish.mjs';
import { markdown, row } from './report.mjs';

const STARTS = { programs, lives, counts, instructions, node, crowd, sessions, api };
const MEASURES = { ...STARTS, idle, dense, growth, pipes, throughput, formats, journald };

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    label: { type: 'string' },
    results: { type: 'string' },
    place: { type: 'string', default: '/dev/shm' },
    redraw: { type: 'boolean', default: false },
  },
});

await runMain(async () => {
  if (options.redraw) {
    await publish(latest());
    return 0;
  }
  const monitors = {
    ours: process.env['CONMON_OURS'] ?? at('dist', 'native', 'conmon'),
    c: process.env['CONMON_C'] ?? '/usr/bin/conmon',
  };
  for (const path of Object.values(monitors)) {
    if (!existsSync(path))
      throw new Problem(`cannot measure ${path}: it does not exist; C conmon is Debian's package "conmon"`);
  }
  const tools = {
    monitors,
    runtime: at('dist', 'native', 'miniruntime'),
    harness: buildHarness(),
    quick: options.quick,
    place: options.place,
    progress,
  };
  const rows = [];
  for (const measure of chosen(options.only)) rows.push(...(await measure(tools)).map(row));
  progress('');
  const machine = facts(monitors);
  const text = markdown(rows, machine);
  const whole = !options.quick && options.only.length === 0;
  if (whole || options.label !== undefined || options.results !== undefined) {
    const path = join(options.results ?? at('bench', 'results'), options.label ?? 'latest');
    writeFileSync(`${path}.json`, `${JSON.stringify({ machine, rows }, null, 1)}\n`);
    writeFileSync(`${path}.md`, text);
    if (whole && path === at('bench', 'results', 'latest')) await publish(latest());
  }
  process.stdout.write(text);
  return 0;
});

/** @param {readonly string[]} only names; none means all */
function chosen(only) {
  const unknown = only.filter((name) => !(name in MEASURES));
  if (unknown.length > 0) throw new Problem(`no measure ${unknown.join(', ')}: ${Object.keys(MEASURES).join(', ')}`);
  return Object.entries(MEASURES).flatMap(([name, measure]) =>
    only.length > 0 && !only.includes(name) ? [] : [measure],
  );
}

/** @param {string} text */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** @param {{ ours: string, c: string }} monitors */
function facts(monitors) {
  const version = (/** @type {string} */ path) =>
    execFileSync(path, ['--version'], { encoding: 'utf8' }).split('\n')[0] ?? '';
  return {
    kernel: `Linux ${release()}`,
    processors: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    ours: version(monitors.ours),
    'C conmon': version(monitors.c),
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
  };
}
