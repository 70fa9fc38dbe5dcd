/** What is to be reached is said row by row, and whether it is. */
import t from 'tap';
import { markdown, row } from '../../bench/report.mjs';
import { isMet, showTarget, TARGETS, targetFor } from '../../bench/targets.mjs';

const CASES = [
  ['ratio', 'most', 0.7, { ratio: 0.7, ours: 9 }, true, '≤ 0.7'],
  ['ratio', 'most', 0.7, { ratio: 0.71, ours: 0 }, false, '≤ 0.7'],
  ['ratio', 'least', 3, { ratio: 3, ours: 0 }, true, '≥ 3'],
  ['ratio', 'least', 3, { ratio: 2.99, ours: 9 }, false, '≥ 3'],
  ['ours', 'most', 50, { ratio: 9, ours: 50 }, true, 'ours ≤ 50'],
  ['ours', 'most', 0, { ratio: null, ours: 1 }, false, 'ours ≤ 0'],
  ['ours', 'least', 16, { ratio: 1, ours: 2 }, false, 'ours ≥ 16'],
  ['ratio', 'most', 1, { ratio: null, ours: 0 }, null, '≤ 1'],
];

for (const [of, at, value, { ratio, ours }, expected, shown] of CASES) {
  void t.test(`ratio ${ratio}, ours ${ours}, target "${shown}": ${expected}`, async (t) => {
    t.equal(isMet({ of, at, value }, { ratio, ours: { median: ours } }), expected);
    t.equal(showTarget({ of, at, value }), shown);
  });
}

void t.test('a row shows its target and whether it is met', async (t) => {
  const of = (ours) => row({ name: '--version', unit: 'ms', better: 'less', kind: 'exact', values: { ours, c: [10] } });
  t.match(markdown([of([5])], {}), '| ≤ 0.6 | win, met |');
  t.match(markdown([of([8])], {}), '| ≤ 0.6 | win, MISSED |');
});

void t.test('a row without a target shows none', async (t) => {
  const found = row({ name: 'x', unit: '', better: 'less', kind: 'exact', values: { ours: [1], c: [1] } });
  t.strictSame([found.target, found.met], [null, null]);
  t.match(markdown([found], {}), '|  | even |');
});

void t.test('the attached rows have a target of their own', async (t) => {
  t.equal(targetFor('20-byte lines: taken in')?.value, 3);
  t.equal(targetFor('20-byte lines, 3 attached: taken in')?.value, 1.5);
  t.equal(targetFor('20-byte lines, 3 attached: CPU'), null);
  t.ok(TARGETS.length > 0);
});
