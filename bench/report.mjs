/**
 * From what was measured to the table that people read. A loss is said as plainly as a win.
 * @module
 */
import { summarize } from './statistics.mjs';

/** @import { Measured } from './measured.mjs' */
/** @import { Summary } from './statistics.mjs' */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} unit
 * @property {'less' | 'more'} better
 * @property {Summary} ours
 * @property {Summary | null} c
 * @property {number | null} ratio of the medians, ours / C
 */

/**
 * @param {Measured} measured
 * @returns {Row}
 */
export function row(measured) {
  const ours = summarize(measured.values['ours'] ?? []);
  const c = measured.values['c'] === undefined ? null : summarize(measured.values['c']);
  const ratio = c === null || c.median === 0 ? null : ours.median / c.median;
  return { name: measured.name, unit: measured.unit, better: measured.better, ours, c, ratio };
}

/** Ratios nearer to 1 than this are called even. */
const EVEN = 0.03;

/** @param {Row} of */
export function verdict(of) {
  if (of.c === null) return '';
  if (of.ratio === null) return of.ours.median === 0 ? 'even' : of.better === 'less' ? 'LOSS' : 'win';
  if (Math.abs(of.ratio - 1) < EVEN) return 'even';
  return of.ratio < 1 === (of.better === 'less') ? 'win' : 'LOSS';
}

/**
 * @param {readonly Row[]} rows
 * @param {Readonly<Record<string, string>>} machine
 */
export function markdown(rows, machine) {
  const facts = Object.entries(machine).map(([name, value]) => `- ${name}: ${value}`);
  const lines = rows.map((of) => {
    const ratio = of.ratio === null ? '' : of.ratio.toFixed(2);
    return `| ${of.name} | ${show(of.ours, of.unit)} | ${of.c === null ? '' : show(of.c, of.unit)} | ${ratio} | ${verdict(of)} |`;
  });
  return [
    '# Benchmark',
    '',
    'Medians, in brackets the tenth and the ninetieth percentile. Both monitors in turn in one run; only the ratios mean anything on another machine.',
    '',
    ...facts,
    '',
    '| measure | ours | C conmon | ours / C | |',
    '| --- | ---: | ---: | ---: | --- |',
    ...lines,
    '',
  ].join('\n');
}

/**
 * @param {Summary} of
 * @param {string} unit
 */
function show(of, unit) {
  const digits = (/** @type {number} */ value) => (value >= 100 ? value.toFixed(0) : value.toFixed(2));
  const spread = of.count > 1 ? ` (${digits(of.p10)}–${digits(of.p90)})` : '';
  return `${digits(of.median)} ${unit}${spread}`.trim();
}
