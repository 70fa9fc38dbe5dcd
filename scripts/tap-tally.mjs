/**
 * Counts the tests in TAP output (version 14, https://testanything.org).
 *
 * A test is a named group of assertions. A file with assertions outside of any group is a test as well, and so is a file
 * that fails without naming the test that failed (it crashed, or took too long).
 * @module
 */
import { Parser } from 'tap-parser';
import { stringify } from 'yaml';
import { addTally, emptyTally } from './tally.mjs';

/** @import { Tally } from './tally.mjs' */

/**
 * @typedef {object} Point
 * @property {string} name
 * @property {boolean} ok
 * @property {string | undefined} skip the reason
 * @property {string} detail
 * @property {Point[] | undefined} children undefined for a single assertion
 */

/**
 * @param {string} text
 * @returns {Tally}
 */
export function tallyTap(text) {
  const tally = emptyTally();
  const parser = new Parser();
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
    const reason = directive === false ? undefined : directive === true ? name || 'no reason given' : directive;
    points.push({ name, ok, skip: reason, detail: diag ? stringify(diag) : '', children });
    children = undefined;
  });
  return points;
}

/**
 * @param {Point} point
 * @param {readonly string[]} path names of the groups around it
 * @param {Tally} tally
 */
function count(point, path, tally) {
  const name = [...path, point.name].join(' › ');
  if (point.skip !== undefined) {
    tally.skips.push({ name, reason: point.skip });
    return;
  }
  const children = point.children ?? [];
  const inner = emptyTally();
  const isGroup = (/** @type {Point} */ child) => child.children !== undefined || child.skip !== undefined;
  for (const child of children.filter(isGroup)) count(child, [...path, point.name], inner);
  const assertions = children.filter((child) => !isGroup(child));
  const broken = assertions.filter((assertion) => !assertion.ok);
  if (broken.length > 0) {
    inner.failures.push({ name, detail: broken.map((one) => `${one.name}\n${one.detail}`).join('\n') });
  } else if (!point.ok && inner.failures.length === 0) {
    inner.failures.push({ name, detail: point.detail });
  } else if (point.ok && (assertions.length > 0 || children.length === 0)) {
    inner.passed += 1;
  }
  addTally(tally, inner);
}
