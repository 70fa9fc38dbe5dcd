/**
 * All ratios on one axis: the resources for the same work relative to C conmon. Left is always better: the ratio is inverted
 * where more is better.
 * @module
 */
import * as Plot from '@observablehq/plot';
import { document, sheet } from './page.mjs';

/** @import { Row } from '../report.mjs' */

const LINE = 18;
const WIDTH = 860;
const LABELS = 330;
/** Pipe pages are equal by design, and unrelated to speed. */
const LEFT_OUT = /pages|planner alone, in conmon-node/;

const KEYS = [
  { mark: '<circle class="ours" cx="5" cy="5" r="5"/>', text: 'better than C conmon' },
  { mark: '<circle class="even" cx="5" cy="5" r="5"/>', text: 'no difference to be sure of' },
  { mark: '<circle class="loss" cx="5" cy="5" r="5"/>', text: 'worse' },
  { mark: '<line class="target" x1="5" x2="5" y2="10"/>', text: 'target' },
];

/** @param {readonly Row[]} rows */
export function overview(rows) {
  const data = rows.flatMap(point);
  const height = data.length * LINE + 48;
  const kinds = /** @type {const} */ (['ours', 'even', 'loss']);
  const plot = Plot.plot({
    document,
    width: WIDTH,
    height,
    marginLeft: LABELS,
    marginRight: 30,
    marginTop: 8,
    marginBottom: 40,
    x: { type: 'log', domain: domain(data) },
    y: { label: null, domain: data.map(({ name }) => name), tickSize: 0 },
    marks: [
      Plot.axisX(TICKS, { text: String, label: 'of what C conmon needs →' }),
      Plot.gridX(TICKS, { className: 'grid', strokeOpacity: 1 }),
      Plot.ruleX([1], { strokeWidth: 1.5 }),
      Plot.ruleY(data, { y: 'name', x1: 'low', x2: 'high', className: 'interval' }),
      Plot.tickX(
        data.filter(({ target }) => target !== null),
        { y: 'name', x: 'target', className: 'target' },
      ),
      ...kinds.map((kind) =>
        Plot.dot(
          data.filter((one) => one.kind === kind),
          { y: 'name', x: 'ratio', r: 4.5, className: kind },
        ),
      ),
    ],
  });
  return sheet('conmon-node against C conmon: time, CPU and memory for the same work, less is better', KEYS, [
    [{ title: '', width: WIDTH, height, plot }],
  ]);
}

const TICKS = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 5, 10, 20];

/**
 * The drawn values of a row; none without a ratio.
 * @param {Row} row
 */
function point({ name, ratio, interval, verdict, better, against, target }) {
  if (ratio === null || LEFT_OUT.test(name)) return [];
  const need = (/** @type {number} */ value) => (better === 'less' ? value : 1 / value);
  const [low, high] = (interval ?? [ratio, ratio]).map(need);
  const kind = verdict === 'win' ? 'ours' : verdict === 'LOSS' ? 'loss' : 'even';
  const goal = target?.of === 'ratio' ? need(target.value) : null;
  return [
    { name: against === null ? name : `${name} (of ${against})`, ratio: need(ratio), low, high, kind, target: goal },
  ];
}

/** @param {readonly { low?: number | undefined, high?: number | undefined, ratio: number }[]} data */
function domain(data) {
  const all = data.flatMap(({ low, high, ratio }) => [low ?? ratio, high ?? ratio]);
  return [Math.min(0.1, ...all), Math.max(2, ...all) * 1.1];
}
