/** The benchmark calls a win or a loss only what is one. */
import t from 'tap';
import { markdown, row } from '../../bench/report.mjs';

const measured = (kind, better, ours, c, more = {}) => ({
  name: 'x',
  unit: 'ms',
  better,
  kind,
  values: { ours, c },
  ...more,
});

for (const [better, ours, c, expected] of [
  ['less', 1, 2, 'win'],
  ['less', 2, 1, 'LOSS'],
  ['more', 2, 1, 'win'],
  ['more', 1, 2, 'LOSS'],
  ['less', 100, 101, 'even'],
  ['less', 0, 0, 'even'],
  ['less', 1, 0, 'LOSS'],
  ['more', 1, 0, 'win'],
]) {
  void t.test(`exact: ${ours} against ${c}, ${better} is better: ${expected}`, async (t) => {
    const found = row(measured('exact', better, [ours], [c]));
    t.equal(found.verdict, expected);
    t.match(markdown([found], { machine: 'here' }), `| ${expected} |`);
  });
}

void t.test('the limits within which a result is even are a parameter', async (t) => {
  t.equal(row(measured('exact', 'less', [92], [100], { even: 0.1 })).verdict, 'even');
});

void t.test('rounds are compared in pairs: a slow moment that both had does not count', async (t) => {
  const c = [10, 11, 100, 10, 12, 90, 10, 11];
  const found = row(
    measured(
      'rounds',
      'less',
      c.map((value) => value / 2),
      c,
    ),
  );
  t.equal(found.ratio, 0.5);
  t.strictSame(found.interval, [0.5, 0.5]);
  t.equal(found.verdict, 'win');
});

void t.test('a difference that may be chance is even, however large', async (t) => {
  const c = Array.from({ length: 8 }, () => 10);
  t.equal(row(measured('rounds', 'less', [5, 5, 5, 5, 5, 5, 5, 30], c)).verdict, 'even');
});

void t.test('a difference that is certain but too small to be noticed is even', async (t) => {
  const c = Array.from({ length: 20 }, () => 100);
  t.equal(
    row(
      measured(
        'rounds',
        'less',
        c.map(() => 98),
        c,
      ),
    ).verdict,
    'even',
  );
});

for (const [ours, c, expected] of [
  [0, 4, 'even'],
  [-4, 20, 'win'],
  [40, 0, 'LOSS'],
]) {
  void t.test(`difference: ${ours} against ${c}, of which 8 are nothing: ${expected}, and no ratio`, async (t) => {
    const found = row(measured('difference', 'less', [ours], [c], { even: 8 }));
    t.strictSame([found.verdict, found.ratio], [expected, null]);
  });
}

void t.test('a reference that is not C conmon is named in its column', async (t) => {
  t.match(markdown([row(measured('exact', 'less', [1], [1], { against: 'node -e 0' }))], {}), '| node -e 0: 1.00 ms |');
});

void t.test('too few rounds give a ratio, but no verdict', async (t) => {
  const found = row(measured('rounds', 'less', [1], [2]));
  t.equal(found.ratio, 0.5);
  t.equal(found.verdict, 'too few');
});

void t.test('a result without a counterpart has neither ratio nor verdict', async (t) => {
  const { ratio, verdict, c } = row({ name: 'x', unit: 'ms', better: 'less', kind: 'rounds', values: { ours: [1] } });
  t.strictSame([ratio, verdict, c], [null, '', null]);
});

void t.test('small numbers keep two digits', async (t) => {
  t.match(markdown([row(measured('exact', 'less', [0.0123], [0]))], {}), '| 0.012 ms | 0 ms |');
});
