/**
 * Panels side by side on one sheet, as a self-contained SVG: no script, no embedded font, colours for light and dark
 * themes. The sheet has its own background, so that it is readable where page and system theme differ.
 * @module
 */
import { parseHTML } from 'linkedom';

const { document } = parseHTML('<html></html>');

/** Plot draws into a document. */
export { document };

const MARGIN = 16;
const HEAD = 76;
const NUMBER = /\d+\.\d{3,}/g;

const STYLE = `
.sheet { font: 12px system-ui, sans-serif; color: #1f2328; fill: currentColor; }
.ground { fill: #ffffff; stroke: #d1d9e0; }
.title { font-size: 16px; font-weight: 600; }
.panel-title { font-weight: 600; }
.faint, .spread line { fill: #59636e; stroke: none; }
.spread line, .interval line { stroke: #59636e; stroke-width: 1.2; }
.ours rect, .ours circle, rect.ours, circle.ours { fill: #0969da; stroke: none; }
.c rect, rect.c { fill: #bc7a2f; stroke: none; }
.loss circle, circle.loss { fill: #cf222e; stroke: none; }
.even circle, circle.even { fill: #818b98; stroke: none; }
.target line, line.target { stroke: #1a7f37; stroke-width: 2; }
.grid line { stroke: #d1d9e0; }
text { white-space: pre; stroke: none; }
@media (prefers-color-scheme: dark) {
  .sheet { color: #f0f6fc; }
  .ground { fill: #0d1117; stroke: #3d444d; }
  .faint, .spread line { fill: #9198a1; }
  .spread line, .interval line { stroke: #9198a1; }
  .ours rect, .ours circle, rect.ours, circle.ours { fill: #4493f8; }
  .c rect, rect.c { fill: #d29922; }
  .loss circle, circle.loss { fill: #f85149; }
  .even circle, circle.even { fill: #9198a1; }
  .target line, line.target { stroke: #3fb950; }
  .grid line { stroke: #3d444d; }
}`;

/**
 * @typedef {object} Panel
 * @property {string} title
 * @property {number} width
 * @property {number} height
 * @property {{ outerHTML: string }} plot an `svg` of that size
 */

/** @typedef {{ mark: string, text: string }} Key `mark` is an element 10 wide and high */

/** @type {readonly Key[]} */
export const BOTH = [
  { mark: '<rect class="ours" width="10" height="10"/>', text: 'conmon-node' },
  { mark: '<rect class="c" width="10" height="10"/>', text: 'C conmon' },
];

/**
 * @param {string} title
 * @param {readonly Key[]} keys
 * @param {readonly (readonly Panel[])[]} columns
 * @returns {string} the whole SVG
 */
export function sheet(title, keys, columns) {
  let x = MARGIN;
  let height = 0;
  const parts = [];
  for (const column of columns) {
    let y = HEAD;
    for (const panel of column) {
      parts.push(place(panel, x, y));
      y += panel.height + 28;
    }
    height = Math.max(height, y);
    x += Math.max(...column.map(({ width }) => width)) + MARGIN;
  }
  const size = `width="${x}" height="${height}" viewBox="0 0 ${x} ${height}"`;
  const ground = `<rect class="ground" x="0.5" y="0.5" width="${x - 1}" height="${height - 1}" rx="6"/>`;
  const head = `<text class="title" x="${MARGIN}" y="24">${escape(title)}</text>${legend(keys)}`;
  const open = `<svg xmlns="http://www.w3.org/2000/svg" class="sheet" role="img" aria-label="${escape(title)}" ${size}>`;
  const text = [open, `<style>${STYLE}\n</style>`, ground, head, ...parts, '</svg>', ''].join('\n');
  return text.replaceAll(NUMBER, (number) => String(Number(Number(number).toFixed(2))));
}

/**
 * @param {Panel} panel
 * @param {number} x
 * @param {number} y
 */
function place({ title, plot }, x, y) {
  const inner = plot.outerHTML.replace(/<style>[\s\S]*?<\/style>/, '').replace('<svg ', `<svg x="${x}" y="${y + 4}" `);
  return `<text class="panel-title" x="${x}" y="${y}">${escape(title)}</text>\n${inner}`;
}

/** @param {readonly Key[]} keys */
function legend(keys) {
  let x = MARGIN;
  return keys
    .map(({ mark, text }) => {
      const at = x;
      x += 34 + text.length * 6.4;
      return `<g transform="translate(${at},33)">${mark}<text x="16" y="9">${escape(text)}</text></g>`;
    })
    .join('');
}

/** @param {string} text */
function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
