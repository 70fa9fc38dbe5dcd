/**
 * From what was measured to the table that people read. A loss is said as plainly as a win.
 * @module
 */
import { summarize } from './statistics.mjs';
import { compare } from './verdict.mjs';

/** @import { Comparison, Measured } from './verdict.mjs' */
/** @import { Summary } from './statistics.mjs' */

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} unit
 * @property {'less' | 'more'} better
 * @property {Summary} ours
 * @property {Summary | null} c
 */

/** @typedef {Line & Comparison} Row */

/**
 * @param {Measured} measured
 * @returns {Row}
 */
export function row(measured) {
  const { name, unit, better, values } = measured;
  const ours = summarize(values['ours'] ?? []);
  const c = values['c'] === undefined ? null : summarize(values['c']);
  return { name, unit, better, ours, c, ...compare(measured) };
}

const EXPLANATION = [
  'Medians, in brackets the tenth and the ninetieth percentile. Both monitors in turn in one run; only the ratios mean',
  'anything on another machine. A ratio is the median over the rounds, in brackets where it lies with 99 % probability; a',
  'verdict is given only if that leaves 1 out.',
].join('\n');

/**
 * @param {readonly Row[]} rows
 * @param {Readonly<Record<string, string>>} machine
 */
export function markdown(rows, machine) {
  const facts = Object.entries(machine).map(([name, value]) => `- ${name}: ${value}`);
  const lines = rows.map((of) => {
    const c = of.c === null ? '' : show(of.c, of.unit);
    return `| ${of.name} | ${show(of.ours, of.unit)} | ${c} | ${showRatio(of)} | ${of.verdict} |`;
  });
  return [
    '# Benchmark',
    '',
    EXPLANATION,
    '',
    ...facts,
    '',
    '| measure | ours | C conmon | ours / C | |',
    '| --- | ---: | ---: | ---: | --- |',
    ...lines,
    '',
  ].join('\n');
}

/** @param {Comparison} of */
function showRatio({ ratio, interval }) {
  if (ratio === null) return '';
  return interval === null ? digits(ratio) : `${digits(ratio)} (${digits(interval[0])}–${digits(interval[1])})`;
}

/**
 * @param {Summary} of
 * @param {string} unit
 */
function show(of, unit) {
  const spread = of.count > 1 ? ` (${digits(of.p10)}–${digits(of.p90)})` : '';
  return `${digits(of.median)}${unit === '' ? '' : ` ${unit}`}${spread}`;
}

/** @param {number} value */
function digits(value) {
  if (value === 0) return '0';
  if (value >= 100) return value.toFixed(0);
  return value >= 0.1 ? value.toFixed(2) : value.toPrecision(2);
}
