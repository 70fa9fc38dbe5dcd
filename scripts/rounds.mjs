/**
 * Tests of a program that is not ours and fails now and then: what fails is run again, and told.
 *
 * Only for the reference. A test of ours that fails once has found something.
 * @module
 */
/** @import { Tally } from './tally.mjs' */

const fileOf = (/** @type {{ name: string }} */ { name }) => name.split(' › ', 1)[0] ?? name;

/**
 * Runs the files of failed tests again until each has passed as a whole, or the rounds are used up.
 * @param {Tally} tally of the first round, changed in place
 * @param {number} rounds the first one included
 * @param {(files: readonly string[]) => Promise<Tally>} runFiles runs these files alone
 */
export async function passInRounds(tally, rounds, runFiles) {
  for (let round = 2; round <= rounds && tally.failures.length > 0; round += 1) {
    const again = await runFiles([...new Set(tally.failures.map(fileOf))]);
    if (again.passed === 0) return;
    const failing = new Set(again.failures.map(fileOf));
    const late = tally.failures.filter((failure) => !failing.has(fileOf(failure)));
    tally.late.push(...late.map(({ name }) => name));
    tally.passed += late.length;
    tally.failures = again.failures;
  }
}
