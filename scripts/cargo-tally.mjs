/**
 * Counts the tests in the output of `cargo test`.
 * @module
 */
import { emptyTally } from './tally.mjs';

/** @import { Tally } from './tally.mjs' */

const RESULT = /^test (.+?) \.\.\. (ok|FAILED|ignored)(?:, (.*))?$/gm;
const SUMMARY = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm;
const DETAIL = /^---- (.+?) stdout ----\n([\s\S]*?)(?=^---- |^failures:$)/gm;

/**
 * @param {string} text
 * @returns {Tally}
 */
export function tallyCargo(text) {
  const tally = emptyTally();
  const details = new Map(Array.from(text.matchAll(DETAIL), (match) => [match[1], match[2] ?? '']));
  for (const [, name = '', result, reason] of text.matchAll(RESULT)) {
    if (result === 'FAILED') tally.failures.push({ name, detail: details.get(name) ?? '' });
    if (result === 'ignored') tally.skips.push({ name, reason: reason ?? 'no reason given' });
  }
  // Lines of tests can be torn by what a test prints; the summaries cannot.
  let failed = 0;
  for (const [, passed = '0', failures = '0'] of text.matchAll(SUMMARY)) {
    tally.passed += Number(passed);
    failed += Number(failures);
  }
  for (let missing = failed - tally.failures.length; missing > 0; missing -= 1) {
    tally.failures.push({ name: 'a test whose name was torn', detail: '' });
  }
  return tally;
}
