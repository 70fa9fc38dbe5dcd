/**
 * What a step of the test run counted, from the output of tap or cargo.
 * @module
 */
import { Parser } from 'tap-parser';
import { stringify } from 'yaml';

/**
 * @typedef {object} Note about a test
 * @property {string} name
 * @property {string} text what the tool printed about a failure, or the reason of a skip; possibly empty
 *
 * @typedef {object} Tally
 * @property {number} passed
 * @property {Note[]} failures
 * @property {Note[]} skips
 * @property {Note[]} late what passed, but not at the first try
 */

const RESULT = /^test (.+?) \.\.\. (FAILED|ignored)(?:, (.*))?$/gm;
const SUMMARY = /^test result: \w+\. (\d+) passed; (\d+) failed/gm;

/** @returns {Tally} */
export const emptyTally = () => ({ passed: 0, failures: [], skips: [], late: [] });

/** The last line of a run. @param {Tally} tally */
export function lastLine({ passed, failures, skips }) {
  const skipped = skips.length > 0 ? `, ${skips.length} skipped` : '';
  return `${passed} passed, ${failures.length} failed${skipped}`;
}

/** Of the output of `cargo test`. @param {string} text */
export function tallyCargo(text) {
  const tally = emptyTally();
  for (const [, name = '', result, reason = 'no reason given'] of text.matchAll(RESULT)) {
    const [, detail = ''] = text.split(`---- ${name} stdout ----\n`);
    if (result === 'ignored') tally.skips.push({ name, text: reason });
    else tally.failures.push({ name, text: detail.split(/^(?:---- |failures:$)/m, 1).join('') });
  }
  let failed = 0;
  for (const [, passed, failures] of text.matchAll(SUMMARY)) {
    tally.passed += Number(passed);
    failed += Number(failures);
  }
  // A test's line can be torn by what the test prints; the summaries cannot.
  while (tally.failures.length < failed) tally.failures.push({ name: 'a test whose name was torn', text: '' });
  return tally;
}

/**
 * Of TAP (version 14, https://testanything.org). A test is a named group of assertions. A file with assertions outside of
 * any group is a test as well, and so is a file that fails without naming the test that failed (it crashed, or took too
 * long).
 * @param {string} text
 */
export function tallyTap(text) {
  const [tally, parser] = [emptyTally(), new Parser()];
  listen(parser, tally);
  parser.end(text);
  return tally;
}

/**
 * @param {Parser} parser of a group
 * @param {Tally} tally
 * @returns {string[]} what the group's own assertions printed, filled while the parser reads: nothing if they passed
 */
function listen(parser, tally) {
  /** @type {string[]} */
  const assertions = [];
  let [group, inner, failuresBefore] = [parser, assertions, 0];
  parser.on('child', (child) => {
    [group, inner, failuresBefore] = [child, listen(child, tally), tally.failures.length];
  });
  parser.on('assert', ({ name, fullname, ok, skip, todo, diag, closingTestPoint }) => {
    const [directive, output] = [skip || todo, diag ? stringify(diag) : ''];
    const broken = inner.filter((text) => text !== '');
    if (directive) {
      tally.skips.push({ name: fullname, text: directive === true ? name || 'no reason given' : directive });
    } else if (!closingTestPoint) {
      assertions.push(ok ? '' : `${name}\n${output}`);
    } else if (broken.length > 0) {
      tally.failures.push({ name: fullname, text: broken.join('\n') });
    } else if (ok && (inner.length > 0 || group.count === 0)) {
      tally.passed += 1;
    } else if (!ok && tally.failures.length === failuresBefore) {
      tally.failures.push({ name: fullname, text: output });
    }
  });
  return assertions;
}
