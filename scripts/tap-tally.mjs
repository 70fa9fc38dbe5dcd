/**
 * Counts the tests in TAP output (version 14, subtests indented by four spaces, https://testanything.org).
 *
 * A test is a named group of assertions. A file with assertions outside of any group is a test as well, and so is a file
 * that fails without saying which test failed (it crashed, or took too long).
 * @module
 */
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

const POINT = /^((?: {4})*)(not )?ok\b(?: \d+)?(?: - )?(.*)$/;
const SUBTEST = /^((?: {4})*)# Subtest: /;
const DIRECTIVE = /^(.*?)\s*(?<!\\)# (SKIP|TODO)\b\s*(.*)$/i;
const TIMING = / # time=[\d.]+m?s$/;

/**
 * @param {string} text
 * @returns {Tally}
 */
export function tallyTap(text) {
  const tally = emptyTally();
  for (const point of parse(text.split('\n'))) count(point, [], tally);
  return tally;
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

/**
 * @param {readonly string[]} lines
 * @returns {Point[]} the outermost points
 */
function parse(lines) {
  /** @type {Point[][]} */
  const collected = [[]];
  const announced = new Set();
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const subtest = SUBTEST.exec(line);
    if (subtest !== null) {
      const depth = (subtest[1] ?? '').length / 4;
      announced.add(depth);
      collected[depth + 1] = [];
      continue;
    }
    const match = POINT.exec(line);
    if (match === null) continue;
    const depth = (match[1] ?? '').length / 4;
    const detail = diagnosticAt(lines, index + 1, `${match[1]}  `);
    index += detail.length === 0 ? 0 : detail.length + 2;
    const children = announced.delete(depth) ? collected[depth + 1] : undefined;
    (collected[depth] ??= []).push(pointOf(match, detail, children));
  }
  return collected[0] ?? [];
}

/**
 * @param {RegExpExecArray} match
 * @param {readonly string[]} detail
 * @param {Point[] | undefined} children
 * @returns {Point}
 */
function pointOf(match, detail, children) {
  const text = (match[3] ?? '').replace(TIMING, '');
  const directive = DIRECTIVE.exec(text);
  const name = unescape(directive?.[1] ?? text);
  const skip = directive?.[2] === undefined ? undefined : directive[3] || name || 'no reason given';
  return { name, ok: match[2] === undefined, skip, detail: detail.join('\n'), children };
}

/**
 * The YAML block that may follow a point, without its marks.
 * @param {readonly string[]} lines
 * @param {number} start
 * @param {string} indent
 */
function diagnosticAt(lines, start, indent) {
  if (lines[start] !== `${indent}---`) return [];
  const end = lines.indexOf(`${indent}...`, start);
  return end < 0 ? [] : lines.slice(start + 1, end).map((line) => line.slice(indent.length));
}

/** @param {string} text */
const unescape = (text) => text.replaceAll(/\\([#\\])/g, '$1');
