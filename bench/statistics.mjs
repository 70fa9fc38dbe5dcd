/**
 * Medians and spreads.
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
  const sorted = [...values].sort((a, b) => a - b);
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
