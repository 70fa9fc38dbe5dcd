/**
 * The pictures: throughput and its cost, times, memory. Losses are drawn like wins.
 * @module
 */
import { bars } from './bars.mjs';
import { overview } from './overview.mjs';
import { BOTH, sheet } from './page.mjs';

/** @import { Row } from '../report.mjs' */

const short = (/** @type {RegExp} */ part) => (/** @type {string} */ name) => name.replace(part, '');

/**
 * @param {readonly Row[]} rows
 * @returns {Readonly<Record<string, string>>} SVG by file name, without extension
 */
export function pictures(rows) {
  return {
    overview: overview(rows),
    throughput: throughput(picker(rows)),
    latency: latency(picker(rows)),
    memory: memory(picker(rows)),
  };
}

/** @typedef {(pattern: RegExp) => readonly Row[]} Pick */

/**
 * @param {readonly Row[]} rows
 * @returns {Pick}
 */
function picker(rows) {
  return (pattern) => rows.filter(({ name }) => pattern.test(name));
}

/** @param {Pick} pick */
function throughput(pick) {
  const lines = { width: 420, labels: 150 };
  const taken = bars('Taken in, log written: more is better', pick(/: taken in$/), {
    ...lines,
    label: short(/: taken in$/),
  });
  const cost = bars('CPU of the monitor: less is better', pick(/lines.*: CPU$/), { ...lines, label: short(/: CPU$/) });
  const journald = bars('A message for the journal: less is better', pick(/^journald/), {
    ...lines,
    label: short(/^journald, 100-byte lines: /),
  });
  return sheet('Output: k8s-file log, alone and with attached readers; journal', BOTH, [[taken], [cost, journald]]);
}

/** @param {Pick} pick */
function latency(pick) {
  const alone = bars('One at a time: less is better', pick(/^(--version|planner alone: |start → |end → )/), {
    width: 480,
    labels: 220,
    label: short(/legacy |(?<=alone): 83 words/),
  });
  const execs = bars('50 execs a second: less is better', pick(/execs a second/), {
    width: 480,
    labels: 220,
    label: short(/^50 execs a second: /),
  });
  const crowd = bars('200 containers at once: less is better', pick(/containers at once/), {
    width: 460,
    labels: 150,
    label: short(/^200 containers at once: /),
  });
  const node = bars('Over Node, beside a Node that does nothing', pick(/^conmon-node: /), {
    width: 460,
    labels: 150,
    label: short(/^conmon-node: /),
  });
  const planner = bars('The planner in Node', pick(/^planner alone, in conmon-node/), {
    width: 460,
    labels: 150,
    label: () => '83 words refused',
  });
  return sheet('Time from start to answer, alone and under load', BOTH, [
    [alone, execs],
    [crowd, node, planner],
  ]);
}

/** @param {Pick} pick */
function memory(pick) {
  const look = { width: 450, labels: 200 };
  const idle = bars('An idle monitor: less is better', pick(/^idle, .*(memory|PSS)/), {
    ...look,
    label: (name) => name.replace(/^idle, (.*) of each of 20 monitors$/, 'each of 20: $1').replace('idle, ', ''),
  });
  const growth = bars('Grown by work: less is better', pick(/^growth: /), { ...look, label: short(/^growth: /) });
  const size = bars('On the disk', pick(/^size /), { ...look, label: () => 'the executable' });
  return sheet('Memory', BOTH, [[idle], [growth, size]]);
}
