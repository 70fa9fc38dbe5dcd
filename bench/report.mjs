/**
 * Formats the measurements as a table. A loss is shown as plainly as a win.
 * @module
 */
import { summarize } from './statistics.mjs';
import { isMet, showTarget, targetFor } from './targets.mjs';
import { compare } from './verdict.mjs';

/** @import { Comparison, Measured } from './verdict.mjs' */
/** @import { Summary } from './statistics.mjs' */
/** @import { Target } from './targets.mjs' */

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} unit
 * @property {'less' | 'more'} better
 * @property {Summary} ours
 * @property {Summary | null} c
 * @property {string | null} against what `c` is, if it is not C conmon
 */

/** @typedef {{ target: Target | null, met: boolean | null }} Goal `met` is null without a target */

/** @typedef {Line & Comparison & Goal} Row */

/**
 * @param {Measured} measured
 * @returns {Row}
 */
export function row(measured) {
  const { name, unit, better, values, against = null } = measured;
  const ours = summarize(values['ours'] ?? []);
  const c = values['c'] === undefined ? null : summarize(values['c']);
  const comparison = compare(measured);
  const target = targetFor(name);
  const met = target === null ? null : isMet(target, { ...comparison, ours });
  return { name, unit, better, ours, c, against, ...comparison, target, met };
}

const EXPLANATION = [
  'Medians, in brackets the tenth and the ninetieth percentile. Both monitors in turn in one run; only the ratios mean',
  'anything on another machine. A ratio is the median over the rounds, in brackets where it lies with 99 % probability; a',
  'verdict is given only if that leaves 1 out. A target is a ratio, if it does not say "ours"; the median decides.',
].join('\n');

/**
 * @param {readonly Row[]} rows
 * @param {Readonly<Record<string, string>>} machine
 */
export function markdown(rows, machine) {
  return ['# Benchmark', '', EXPLANATION, '', ...machineList(machine), '', ...table(rows), ''].join('\n');
}

/** @param {Readonly<Record<string, string>>} machine */
export function machineList(machine) {
  return Object.entries(machine).map(([name, value]) => `- ${name}: ${value}`);
}

/**
 * Lines of a table, its head included.
 * @param {readonly Row[]} rows
 */
export function table(rows) {
  const lines = rows.map((of) => {
    const c = of.c === null ? '' : `${of.against === null ? '' : `${of.against}: `}${show(of.c, of.unit)}`;
    const cells = [of.name, show(of.ours, of.unit), c, showRatio(of), ...showGoal(of)];
    return `| ${cells.join(' | ')} |`;
  });
  return ['| measure | ours | C conmon | ours / C | target | |', '| --- | ---: | ---: | ---: | ---: | --- |', ...lines];
}

/** @param {Row} of */
function showGoal({ target, met, verdict }) {
  const goal = { true: 'met', false: 'MISSED', null: '' }[`${met}`];
  return [target === null ? '' : showTarget(target), [verdict, goal].filter((word) => word !== '').join(', ')];
}

/** @param {Comparison} of */
export function showRatio({ ratio, interval }) {
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

/**
 * A number, as short as it can be read.
 * @param {number} value
 * @returns {string}
 */
export function digits(value) {
  if (value === 0) return '0';
  if (value < 0) return `−${digits(-value)}`;
  if (value >= 100) return value.toFixed(0);
  return value >= 0.1 ? value.toFixed(2) : value.toPrecision(2);
}
