/**
 * Publishes the latest results: pictures, docs/benchmarks.md, the README. The output depends only on the results.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { withParts } from '../scripts/marked-parts.mjs';
import { at } from '../scripts/project.mjs';
import { pictures } from './plots/pictures.mjs';
import { reasonFor } from './reasons.mjs';
import { digits, machineList, showRatio, table } from './report.mjs';

/** @import { Row } from './report.mjs' */

/** @typedef {{ machine: Readonly<Record<string, string>>, rows: readonly Row[] }} Results */

/** The rows in the README, and their names there. */
const CHOSEN = [
  ['start → pid, create', 'start → pid on the sync pipe, create'],
  ['start → pid, exec', 'start → pid on the sync pipe, exec'],
  ['--version', '`--version`'],
  ['end → exit file', 'end of the container → exit file'],
  ['200 containers at once: start → last pid', '200 containers at once, until the last has started'],
  ['50 execs a second: CPU of each', '50 execs a second, CPU of each with the runtime'],
  ['idle, private dirty memory', 'idle monitor, private dirty memory'],
  ['idle, PSS of each of 20 monitors', 'idle, proportional share (PSS) of one of 20'],
  ['idle, PSS of one monitor', 'idle, PSS of a single one'],
  ['20-byte lines: taken in', '`k8s-file` log, 20-byte lines, taken in'],
  ['20-byte lines: CPU', 'the same, CPU of the monitor'],
  ['1000-byte lines: taken in', '1000-byte lines, taken in'],
  ['1000-byte lines, 3 attached: taken in', 'the same with three attached readers'],
  ['journald, 100-byte lines: CPU of each', 'a line for the journal, CPU'],
  ['size of the executable', 'size of the executable (static against dynamic)'],
];

/** @returns {Results} */
export function latest() {
  return JSON.parse(readFileSync(at('bench', 'results', 'latest.json'), 'utf8'));
}

/** @param {Results} results */
export async function publish(results) {
  for (const [path, text] of await pages(results)) writeFileSync(at(path), text);
}

/**
 * Every file generated from the results, and its content.
 * @param {Results} results
 * @returns {Promise<readonly (readonly [string, string])[]>}
 */
export async function pages({ machine, rows }) {
  const drawn = Object.entries(pictures(rows)).map(
    ([name, svg]) => /** @type {const} */ ([`bench/results/${name}.svg`, svg]),
  );
  const facts = machineList(machine).join('\n');
  const benchmarks = { machine: facts, measures: table(rows).join('\n'), losses: losses(rows) };
  return [
    ...drawn,
    ['docs/benchmarks.md', await filled('docs/benchmarks.md', benchmarks)],
    ['README.md', await filled('README.md', { numbers: numbers(rows) })],
  ];
}

/** @param {readonly Row[]} rows */
function numbers(rows) {
  const lines = CHOSEN.flatMap(([name, called]) => {
    const row = rows.find((one) => one.name === name);
    if (row === undefined || row.c === null) return [];
    const [c, ours] = [row.c, row.ours].map(({ median }) => `${digits(median)} ${row.unit}`);
    const ratio = row.ratio === null ? '' : digits(row.ratio);
    return [`| ${called} | ${c} | ${ours} | ${row.verdict === 'LOSS' ? `**${ratio}**` : ratio} |`];
  });
  return ['| what | C conmon | conmon-node | ratio |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

/** @param {readonly Row[]} rows */
function losses(rows) {
  const lost = rows.filter(({ verdict, met }) => verdict === 'LOSS' || met === false);
  if (lost.length === 0) return 'None in this run.';
  const lines = lost.map((row) => {
    const what = [row.verdict === 'LOSS' ? 'lost' : '', row.met === false ? 'target missed' : ''];
    const how = what.filter((word) => word !== '').join(', ');
    return `| ${row.name} | ${showRatio(row)} | ${how} | ${reasonFor(row.name)} |`;
  });
  return ['| measure | ours / C | | why |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

/**
 * @param {string} path
 * @param {Readonly<Record<string, string>>} parts by the name of their markers
 */
async function filled(path, parts) {
  return withParts(at(path), readFileSync(at(path), 'utf8'), parts, 'npm run bench');
}
