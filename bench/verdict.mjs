/**
 * The verdict, given only if the numbers support it: the ratio must differ from 1 significantly and noticeably. With 95 %
 * confidence, one row in a table of twenty would be wrong.
 * @module
 */
import { medianInterval, quantile, summarize } from './statistics.mjs';

/**
 * The result of a measure.
 * @typedef {object} Measured
 * @property {string} name
 * @property {string} unit
 * @property {'less' | 'more'} better
 * @property {'rounds' | 'exact' | 'difference'} kind `rounds`: values at the same place were taken one right after the
 *   other, and are compared in pairs, so that a slow moment of the machine does not count; `exact`: hardly differ from run
 *   to run; `difference`: may be nothing or negative, so that a ratio is undefined
 * @property {number} [even] ratios nearer to 1 than this are called even, 0.03 if not given; differences up to this
 * @property {string} [against] what `c` is, if it is not C conmon
 * @property {Readonly<Record<string, readonly number[]>>} values of each monitor, by its name; of C or of both
 */

/** A difference nobody would notice. */
const EVEN = 0.03;

/**
 * @typedef {object} Comparison
 * @property {number | null} ratio ours / C
 * @property {readonly [number, number] | null} interval where the ratio lies with 99 % probability
 * @property {'win' | 'LOSS' | 'even' | 'too few' | ''} verdict empty: nothing to compare with
 */

/**
 * @param {Measured} measured
 * @returns {Comparison}
 */
export function compare({ kind, better, values, even = EVEN }) {
  const [ours, c] = [values['ours'] ?? [], values['c']];
  if (c === undefined) return { ratio: null, interval: null, verdict: '' };
  const name = (/** @type {boolean} */ less) => (less === (better === 'less') ? 'win' : 'LOSS');
  const [oursMedian, cMedian] = [summarize(ours).median, summarize(c).median];
  if (kind === 'difference') {
    const isSmall = Math.abs(oursMedian - cMedian) <= even;
    return { ratio: null, interval: null, verdict: isSmall ? 'even' : name(oursMedian < cMedian) };
  }
  if (cMedian === 0) return { ratio: null, interval: null, verdict: oursMedian === 0 ? 'even' : name(false) };
  const isEven = (/** @type {number} */ ratio) => Math.abs(ratio - 1) < even;
  if (kind === 'exact') {
    const ratio = oursMedian / cMedian;
    return { ratio, interval: null, verdict: isEven(ratio) ? 'even' : name(ratio < 1) };
  }
  const ratios = ours.map((value, round) => value / (c[round] ?? Number.NaN)).sort((a, b) => a - b);
  const ratio = quantile(ratios, 0.5);
  const interval = medianInterval(ratios);
  if (interval === null) return { ratio, interval, verdict: 'too few' };
  const byChance = interval[0] <= 1 && interval[1] >= 1;
  return { ratio, interval, verdict: byChance || isEven(ratio) ? 'even' : name(ratio < 1) };
}
