/** What is printed has no effect on a terminal. */
import t from 'tap';
import { jsonText } from '../../ts/ctl/json-text.js';
import { paint } from '../../ts/ctl/paint.js';
import { tableText } from '../../ts/ctl/table.js';
import { visible, visibleLines } from '../../ts/ctl/visible.js';

/** Everything up to U+2100 that a terminal, or a reader of text in two directions, obeys. */
// oxlint-disable-next-line no-control-regex -- these characters are what is looked for
const CONTROL = /[\0-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const ALL = Array.from({ length: 0x2100 }, (_, code) => String.fromCharCode(code)).join('');

t.test('control characters in text become visible', async (t) => {
  t.notMatch(visible(ALL), CONTROL);
  t.equal(visible('a\tb \u00e9\u20ac'), 'a\tb \u00e9\u20ac', 'all other text stays');
  t.equal(visible('\x1b[2J\n\x7f\u009b\u202e'), '\u241b[2J\u240a\u2421<U+009B><U+202E>');
  t.equal(visibleLines('a\nb\x1b'), 'a\nb\u241b');
});

t.test('JSON escapes control characters, and keeps its meaning', async (t) => {
  t.notMatch(jsonText(ALL), CONTROL);
  t.equal(JSON.parse(jsonText(ALL)), ALL);
});

t.test('control characters in each cell of a table become visible', async (t) => {
  const colours = paint(true, {});
  const text = tableText(
    [{ title: 'A' }, { title: 'B' }],
    [['x\x1b[2J', { text: 'y\u009b', paint: colours.good }]],
    paint(false),
  );
  t.match(text, 'x\u241b[2J');
  t.match(text, 'y<U+009B>');
});
