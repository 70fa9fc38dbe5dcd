/**
 * Medians, spreads, and how sure a median is.
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
 * Between two values, in proportion.
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
 * Where the true median lies with at least 99 % probability, whatever the distribution: between two of the values, of
 * which the binomial distribution says how far from the middle they must be. Fewer than eight values never say that much.
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
