/** Medians, spreads and verdicts of the benchmark are what they are called. */
import t from 'tap';
import { markdown, row, verdict } from '../../bench/report.mjs';
import { quantile, summarize } from '../../bench/statistics.mjs';

void t.test('the median of an even number of values lies between the middle two', async (t) => {
  t.equal(summarize([4, 1, 3, 2]).median, 2.5);
  t.equal(summarize([5]).median, 5);
});

void t.test('a quantile between two values is in proportion', async (t) => {
  t.equal(quantile([0, 10], 0.1), 1);
  t.equal(quantile([0, 10, 20], 0.9), 18);
});

void t.test('nothing measured is an error, not a zero', async (t) => {
  t.throws(() => summarize([]), RangeError);
});

for (const [better, ours, c, expected] of [
  ['less', 1, 2, 'win'],
  ['less', 2, 1, 'LOSS'],
  ['more', 2, 1, 'win'],
  ['more', 1, 2, 'LOSS'],
  ['less', 100, 101, 'even'],
  ['less', 0, 0, 'even'],
  ['less', 1, 0, 'LOSS'],
]) {
  void t.test(`${ours} against ${c}, ${better} is better: ${expected}`, async (t) => {
    const found = row({ name: 'x', unit: 'ms', better, values: { ours: [ours], c: [c] } });
    t.equal(verdict(found), expected);
    t.match(markdown([found], { machine: 'here' }), `| ${expected} |`);
  });
}
