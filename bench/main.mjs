/**
 * The yardstick: our monitor against C conmon, in one run, in turn. Writes `bench/results/LABEL.json` and `.md`.
 *
 * `npm run bench -- [--quick] [--label NAME] [--no-write]`; `CONMON_OURS=` and `CONMON_C=` name other executables.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { Problem, runMain } from '../scripts/problem.mjs';
import { at, ROOT } from '../scripts/project.mjs';
import { idle } from './measures/idle.mjs';
import { lives } from './measures/lives.mjs';
import { programs } from './measures/programs.mjs';
import { throughput } from './measures/throughput.mjs';
import { markdown, row } from './report.mjs';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    label: { type: 'string', default: 'latest' },
    'no-write': { type: 'boolean', default: false },
  },
});

await runMain(async () => {
  const monitors = {
    ours: process.env['CONMON_OURS'] ?? at('dist', 'native', 'conmon'),
    c: process.env['CONMON_C'] ?? '/usr/bin/conmon',
  };
  for (const path of Object.values(monitors)) {
    if (!existsSync(path)) throw new Problem(`there is no ${path} to measure; C conmon is Debian's package "conmon"`);
  }
  const tools = {
    monitors,
    runtime: at('dist', 'native', 'miniruntime'),
    harness: harness(),
    quick: options.quick,
    progress,
  };
  const rows = [];
  for (const measure of [programs, lives, idle, throughput]) rows.push(...(await measure(tools)).map(row));
  progress('');
  const machine = facts(monitors);
  const text = markdown(rows, machine);
  if (!options['no-write']) {
    const path = at('bench', 'results', options.label);
    writeFileSync(`${path}.json`, `${JSON.stringify({ machine, rows }, null, 1)}\n`);
    writeFileSync(`${path}.md`, text);
  }
  process.stdout.write(text);
  return 0;
});

/** Builds the harness, which only the benchmark needs. */
function harness() {
  execFileSync('cargo', ['build', '--release', '--quiet', '--package', 'bench-harness'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  const metadata = execFileSync('cargo', ['metadata', '--no-deps', '--format-version', '1'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return `${JSON.parse(metadata).target_directory}/release/bench-harness`;
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
