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
 * @property {string[]} measured a line for each figure beside the tests
 *
 * @typedef {object} Point of TAP
 * @property {string} name
 * @property {boolean} ok
 * @property {string | undefined} skip the reason
 * @property {string} text
 * @property {Point[] | undefined} children undefined for a single assertion
 */

const RESULT = /^test (.+?) \.\.\. (ok|FAILED|ignored)(?:, (.*))?$/gm;
const SUMMARY = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm;
const DETAIL = /^---- (.+?) stdout ----\n([\s\S]*?)(?=^---- |^failures:$)/gm;

/** @returns {Tally} */
export const emptyTally = () => ({ passed: 0, failures: [], skips: [], late: [], measured: [] });

/**
 * @param {Tally} into
 * @param {Tally} other
 * @param {string} [prefix] of the other's names
 */
export function addTally(into, other, prefix = '') {
  into.passed += other.passed;
  for (const kind of /** @type {const} */ (['failures', 'skips', 'late'])) {
    into[kind].push(...other[kind].map(({ name, text }) => ({ name: prefix + name, text })));
  }
}

/**
 * The last line of a run.
 * @param {Tally} tally
 */
export function lastLine({ passed, failures, skips }) {
  const skipped = skips.length > 0 ? `, ${skips.length} skipped` : '';
  return `${passed} passed, ${failures.length} failed${skipped}`;
}

/** Of the output of `cargo test`. @param {string} text */
export function tallyCargo(text) {
  const tally = emptyTally();
  const details = new Map(Array.from(text.matchAll(DETAIL), (match) => [match[1], match[2] ?? '']));
  for (const [, name = '', result, reason] of text.matchAll(RESULT)) {
    if (result === 'FAILED') tally.failures.push({ name, text: details.get(name) ?? '' });
    if (result === 'ignored') tally.skips.push({ name, text: reason ?? 'no reason given' });
  }
  // A test's line can be torn by what the test prints; the summaries cannot.
  const summaries = [...text.matchAll(SUMMARY)];
  const failed = summaries.reduce((sum, [, , failures]) => sum + Number(failures), 0);
  tally.passed = summaries.reduce((sum, [, passed]) => sum + Number(passed), 0);
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
  const points = pointsOf(parser);
  parser.end(text);
  for (const point of points) count(point, [], tally);
  return tally;
}

/**
 * @param {Parser} parser
 * @returns {Point[]} filled while the parser reads
 */
function pointsOf(parser) {
  /** @type {Point[]} */
  const points = [];
  /** @type {Point[] | undefined} */
  let children;
  parser.on('child', (inner) => (children = pointsOf(inner)));
  parser.on('assert', ({ name, ok, skip, todo, diag }) => {
    const directive = skip || todo;
    const reason = directive === true ? name || 'no reason given' : directive || undefined;
    points.push({ name, ok, skip: reason, text: diag ? stringify(diag) : '', children });
    children = undefined;
  });
  return points;
}

/**
 * @param {Point} point
 * @param {readonly string[]} path names of the groups around it
 * @param {Tally} tally
 */
function count({ name, ok, skip, text, children = [] }, path, tally) {
  const [names, before] = [[...path, name], tally.failures.length];
  const full = names.join(' › ');
  if (skip !== undefined) {
    tally.skips.push({ name: full, text: skip });
    return;
  }
  const isGroup = (/** @type {Point} */ child) => child.children !== undefined || child.skip !== undefined;
  for (const child of children.filter(isGroup)) count(child, names, tally);
  const assertions = children.filter((child) => !isGroup(child));
  const broken = assertions.filter((assertion) => !assertion.ok);
  if (broken.length > 0) {
    tally.failures.push({ name: full, text: broken.map((one) => `${one.name}\n${one.text}`).join('\n') });
  } else if (!ok && tally.failures.length === before) {
    tally.failures.push({ name: full, text });
  } else if (ok && (assertions.length > 0 || children.length === 0)) {
    tally.passed += 1;
  }
}
