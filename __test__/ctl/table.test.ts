/** Tables as wide as the terminal. */
import * as fc from 'fast-check';
import t from 'tap';
import { cutTo, displayWidth } from '../../ts/ctl/display-width.js';
import { outputWidth } from '../../ts/ctl/output-width.js';
import { paint } from '../../ts/ctl/paint.js';
import { type Column, tableText } from '../../ts/ctl/table.js';
import { fitColumns } from '../../ts/ctl/table-fit.js';
import { cases } from '../support/properties.js';

const PLAIN = paint(false);

t.test('text is cut to columns of the terminal, not to characters', async (t) => {
  for (const [text, width, expected] of [
    ['container', 9, 'container'],
    ['container', 8, 'contain…'],
    ['container', 1, '…'],
    ['container', 0, ''],
    ['容器容器', 8, '容器容器'],
    ['容器容器', 7, '容器容…'],
    ['容器容器', 6, '容器…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ] as const) {
    t.equal(cutTo(text, width), expected);
  }
  t.equal(displayWidth('容器e\u0301'), 5);
});

t.test('columns are shortened before one is dropped, the lowest number first', async (t) => {
  const columns = [
    { width: 20, shortest: 10 },
    { width: 10, drop: 2 },
    { width: 10, drop: 1 },
    { width: 30, shortest: 10 },
  ];
  const fit = (available: number) => fitColumns(columns, available, 2).map(({ index, width }) => [index, width]);
  const all = (first: number, last: number) => [
    [0, first],
    [1, 10],
    [2, 10],
    [3, last],
  ];
  t.same(fit(76), all(20, 30));
  t.same(fit(75), all(20, 29), 'the widest is shortened');
  t.same(fit(66), all(20, 20));
  t.same(fit(64), all(19, 19));
  t.same(fit(46), all(10, 10));
  t.same(fit(45), [
    [0, 15],
    [1, 10],
    [3, 16],
  ]);
  t.same(fit(22), [
    [0, 10],
    [3, 10],
  ]);
  t.same(fit(15), [
    [0, 10],
    [3, 3],
  ]);
  t.same(fit(5), [[0, 5]]);
});

const COLUMN = fc.record(
  {
    width: fc.integer({ min: 1, max: 300 }),
    shortest: fc.integer({ min: 1, max: 20 }),
    drop: fc.integer({ min: 1, max: 9 }),
  },
  { requiredKeys: ['width'] },
);

t.test('whatever the columns are, the line fits', async () => {
  fc.assert(
    fc.property(
      fc.array(COLUMN, { minLength: 1, maxLength: 14 }),
      fc.integer({ min: 1, max: 200 }),
      (columns, available) => {
        const wanted = columns.map(({ width, shortest, drop }) => ({
          width,
          ...(shortest === undefined ? {} : { shortest }),
          ...(drop === undefined ? {} : { drop }),
        }));
        const fitted = fitColumns(wanted, available, 2);
        const total = fitted.reduce((sum, { width }) => sum + width + 2, -2);
        return total <= available && fitted.every(({ index, width }) => width <= (columns[index]?.width ?? 0));
      },
    ),
    cases(1000),
  );
});

const COLUMNS: readonly Column[] = [
  { title: 'ID', shortest: 4 },
  { title: 'N', align: 'right', drop: 1 },
  { title: 'NAME' },
];

t.test('cells are aligned, cut and without effect on the terminal', async (t) => {
  const rows = [
    ['abcdefgh', '1', 'x\x1b[2J'],
    ['容器', { text: '22', paint: (text: string) => `<${text}>` }, 'y'],
  ];
  t.equal(tableText(COLUMNS, rows, PLAIN), 'ID         N  NAME\nabcdefgh   1  x␛[2J\n容器      <22>  y\n');
  t.equal(tableText(COLUMNS, rows, PLAIN, 15), 'ID     N  NAME\nabc…   1  x␛[2J\n容器  <22>  y\n');
  t.equal(tableText(COLUMNS, rows, PLAIN, 13), 'ID      NAME\nabcde…  x␛[2J\n容器    y\n');
});

t.test('the width is that of a terminal, else that of COLUMNS, else unlimited', async (t) => {
  for (const [screen, columns, expected] of [
    [{ isTTY: true, columns: 80 }, undefined, 80],
    [{ isTTY: true, columns: 80 }, '100', 80],
    [{ isTTY: true, columns: 0 }, '100', 100],
    [{ columns: 80 }, undefined, undefined],
    [{}, '100', 100],
    [{}, '', undefined],
    [{}, '0', undefined],
    [{}, '-5', undefined],
    [{}, '80x', undefined],
  ] as const) {
    t.equal(outputWidth(screen, { COLUMNS: columns }), expected, JSON.stringify([screen, columns]));
  }
});
