/**
 * What a step of the test run counted. One shape for tap, cargo and plain checks.
 * @module
 */

/**
 * @typedef {object} Failure
 * @property {string} name
 * @property {string} detail what the tool said about it, possibly empty
 *
 * @typedef {object} Skip
 * @property {string} name
 * @property {string} reason
 *
 * @typedef {object} Tally
 * @property {number} passed
 * @property {Failure[]} failures
 * @property {Skip[]} skips
 * @property {string[]} late names of tests that passed, but not at the first try
 */

/** @returns {Tally} */
export const emptyTally = () => ({ passed: 0, failures: [], skips: [], late: [] });

/**
 * @param {Tally} into
 * @param {Tally} other
 */
export function addTally(into, other) {
  into.passed += other.passed;
  into.failures.push(...other.failures);
  into.skips.push(...other.skips);
  into.late.push(...other.late);
}

/**
 * The last line of a run.
 * @param {Omit<Tally, 'late'>} tally
 */
export function lastLine({ passed, failures, skips }) {
  const skipped = skips.length > 0 ? `, ${skips.length} skipped` : '';
  return `${passed} passed, ${failures.length} failed${skipped}`;
}
