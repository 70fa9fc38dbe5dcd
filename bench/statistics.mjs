/**
 * Medians, spreads, and confidence intervals of medians.
 * @module
 */

/**
 * @typedef {object} Summary
 * @property {number} median
 * @property {number} p10 a tenth of the values are below
 * @property {number} p90 a tenth of the values are above
 * @property {number} count
 */

/**
 * @param {readonly number[]} values at least one
 * @returns {Summary}
 */
export function summarize(values) {
  if (values.length === 0) throw new RangeError('nothing was measured');
  const sorted = ascending(values);
  return {
    median: quantile(sorted, 0.5),
    p10: quantile(sorted, 0.1),
    p90: quantile(sorted, 0.9),
    count: sorted.length,
  };
}

/**
 * Interpolates between two values.
 * @param {readonly number[]} sorted
 * @param {number} share 0 to 1
 */
export function quantile(sorted, share) {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return low + (high - low) * (place - below);
}

/**
 * The 99 % confidence interval of the median, for any distribution: it lies between two of the values, whose distance from
 * the middle follows from the binomial distribution. It needs at least eight values.
 * @param {readonly number[]} values
 * @returns {readonly [number, number] | null}
 */
export function medianInterval(values) {
  const sorted = ascending(values);
  const outside = valuesOutside(sorted.length);
  const [low, high] = [sorted[outside - 1], sorted[sorted.length - outside]];
  return outside === 0 || low === undefined || high === undefined ? null : [low, high];
}

/**
 * The largest k for which fewer than k of n values are below the median with at most half a percent of probability.
 * @param {number} n
 */
function valuesOutside(n) {
  let probability = 0.5 ** n;
  let sum = 0;
  for (let k = 0; k <= n; k++) {
    sum += probability;
    if (sum > 0.005) return k;
    probability *= (n - k) / (k + 1);
  }
  return 0;
}

/** @param {readonly number[]} values */
function ascending(values) {
  return [...values].sort((a, b) => a - b);
}
