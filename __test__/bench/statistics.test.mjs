/** Medians and spreads of the benchmark are what they are called. */
import t from 'tap';
import { medianInterval, quantile, summarize } from '../../bench/statistics.mjs';

void t.test('the median of an even number of values is between the middle two', async (t) => {
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

void t.test('values keep their order for the caller', async (t) => {
  const values = [3, 1, 2];
  summarize(values);
  medianInterval(values);
  t.strictSame(values, [3, 1, 2]);
});

// Ranks from the table of the sign test: 99 % for the median of n values.
for (const [count, low, high] of [
  [8, 1, 8],
  [11, 1, 11],
  [12, 2, 11],
  [20, 4, 17],
  [100, 37, 64],
]) {
  void t.test(`the median of ${count} values is between the ${low}th and the ${high}th`, async (t) => {
    const values = Array.from({ length: count }, (_, at) => count - at);
    t.strictSame(medianInterval(values), [low, high]);
  });
}

void t.test('seven values say too little about the median', async (t) => {
  t.equal(medianInterval([1, 2, 3, 4, 5, 6, 7]), null);
});
