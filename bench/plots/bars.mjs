/**
 * Bars in pairs, ours above C's, with a line from the tenth to the ninetieth percentile.
 * @module
 */
import * as Plot from '@observablehq/plot';
import { digits } from '../report.mjs';
import { document } from './page.mjs';

/** @import { Row } from '../report.mjs' */
/** @import { Panel } from './page.mjs' */

const PAIR = 32;
const AXIS = 36;

/**
 * @param {string} title
 * @param {readonly Row[]} rows all with the same unit
 * @param {{ width: number, labels: number, label: (name: string) => string }} look `labels`: room left of the bars
 * @returns {Panel}
 */
export function bars(title, rows, { width, labels, label }) {
  const height = rows.length * PAIR + AXIS;
  const order = rows.map(({ name }) => label(name));
  const data = rows.flatMap((row) => [
    ...bar(label(row.name), 'ours', row.ours, ''),
    ...bar(label(row.name), 'c', row.c, row.against ?? ''),
  ]);
  const of = (/** @type {string} */ monitor) => data.filter((one) => one.monitor === monitor);
  const place = { y: 'monitor', fy: 'group' };
  const [least, most] = [Math.min(0, ...data.map(({ low }) => low)), Math.max(...data.map(({ high }) => high))];
  const plot = Plot.plot({
    document,
    width,
    height,
    marginLeft: labels,
    marginRight: 64,
    marginTop: 4,
    marginBottom: AXIS - 8,
    x: { label: `${rows[0]?.unit ?? ''} →`, domain: [least, most || 1], nice: true, ticks: 4 },
    y: { axis: null, domain: ['ours', 'c'], padding: 0.1 },
    fy: { label: null, domain: order, axis: null, padding: 0.15 },
    marks: [
      Plot.gridX({ className: 'grid', ticks: 4, strokeOpacity: 1 }),
      Plot.barX(of('ours'), { ...place, x: 'value', className: 'ours' }),
      Plot.barX(of('c'), { ...place, x: 'value', className: 'c' }),
      Plot.ruleY(
        data.filter(({ low, high }) => high > low),
        { ...place, x1: 'low', x2: 'high', className: 'spread' },
      ),
      Plot.text(data, { ...place, x: 'high', text: 'text', textAnchor: 'start', dx: 5 }),
      Plot.text(order, { fy: (name) => name, text: (name) => name, frameAnchor: 'left', textAnchor: 'end', dx: -6 }),
    ],
  });
  return { title, width, height, plot };
}

/**
 * @param {string} group
 * @param {'ours' | 'c'} monitor
 * @param {import('../statistics.mjs').Summary | null} found
 * @param {string} note
 */
function bar(group, monitor, found, note) {
  if (found === null) return [];
  const text = `${digits(found.median)}${note === '' ? '' : ` (${note})`}`;
  return [{ group, monitor, value: found.median, low: found.p10, high: Math.max(found.p90, found.median), text }];
}
