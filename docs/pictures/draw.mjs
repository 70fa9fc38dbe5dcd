/**
 * Draws the screen of a terminal as SVG, for a light and a dark page.
 * @module
 */

/** @import { IBuffer, IBufferCell, IBufferLine } from '@xterm/headless' */

const CELL = { width: 8.4, height: 19 };
const MARGIN = 16;
/** The sixteen colours, on light and on dark. */
const COLOURS = {
  light:
    '24292f cf222e 116329 7d4e00 0969da 8250df 1b7c83 6e7781 57606a a40e26 1a7f37 633c01 218bff a475f9 3192aa 8c959f',
  dark: '6e7681 ff7b72 3fb950 d29922 58a6ff bc8cff 39c5cf b1bac4 8b949e ffa198 56d364 e3b341 79c0ff d2a8ff 56d4dd f0f6fc',
};

/**
 * @param {IBuffer} screen
 * @returns {string}
 */
export function draw(screen) {
  const rows = rowsOf(screen);
  const width = Math.ceil(2 * MARGIN + CELL.width * Math.max(...rows.map(({ length }) => length)));
  const height = 2 * MARGIN + CELL.height * rows.length;
  const lines = rows.map(
    ({ runs }, row) =>
      `<text xml:space="preserve" x="${MARGIN}" y="${MARGIN + CELL.height * (row + 0.75)}">${runs}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>A container under the monitor, in a terminal</title>
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre; fill: #24292f }
rect { fill: #f6f8fa; stroke: #d0d7de }
.b { font-weight: 600 } .d { opacity: .7 }
${palette(COLOURS.light)}
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } rect { fill: #161b22; stroke: #30363d }
${palette(COLOURS.dark)}
}
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${lines.join('\n')}
</svg>
`;
}

/** @param {string} colours */
function palette(colours) {
  return colours
    .split(' ')
    .map((colour, index) => `.c${index} { fill: #${colour} }`)
    .join(' ');
}

/**
 * Up to the last that is not empty.
 * @param {IBuffer} screen
 */
function rowsOf(screen) {
  const rows = Array.from({ length: screen.length }, (_, at) => rowOf(screen.getLine(at)));
  return rows.slice(0, rows.findLastIndex(({ length }) => length > 0) + 1);
}

/** @param {IBufferLine | undefined} line */
function rowOf(line) {
  const length = line?.translateToString(true).length ?? 0;
  let [runs, style] = ['', ''];
  for (let column = 0; column < length; column++) {
    const cell = line?.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const next = styleOf(cell);
    if (next !== style) runs += `${style && '</tspan>'}${next && `<tspan class="${next}">`}`;
    style = next;
    runs += (cell.getChars() || ' ').replace('&', '&amp;').replace('<', '&lt;');
  }
  return { length, runs: style === '' ? runs : `${runs}</tspan>` };
}

/** @param {IBufferCell} cell */
function styleOf(cell) {
  const colour = cell.isFgPalette() && cell.getFgColor() < 16 ? `c${cell.getFgColor()}` : '';
  return [colour, cell.isBold() ? 'b' : '', cell.isDim() ? 'd' : ''].filter((name) => name !== '').join(' ');
}
