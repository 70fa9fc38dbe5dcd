/**
 * Checks budgets. A budget is a ratio to C conmon in the same run, so that it applies to any machine; because of noise on a
 * busy machine it is broken only if the ratio is beyond it with 99 % probability. Every run also checks that the budget can
 * break: C conmon in our place must break it.
 */
import { buildHarness } from '../../bench/harness.mjs';
import { compare } from '../../bench/verdict.mjs';
import { at } from '../../scripts/project.mjs';
import { needs } from '../support/needs.js';

/** The monitor under test; `CONMON_OURS` selects another, to check that it breaks the budgets. */
export const OURS = process.env['CONMON_OURS'] ?? at('dist', 'native', 'conmon');
const C = process.env['CONMON_C'] ?? '/usr/bin/conmon';

/** Options of a comparing test: it needs root and C conmon. */
export const comparing = () => needs('root', 'conmon');

/** @type {string | undefined} */
let harness;

/** The tools for the benchmark's measures. */
export function tools() {
  harness ??= buildHarness();
  return {
    monitors: { ours: OURS, c: C },
    runtime: at('dist', 'native', 'miniruntime'),
    harness,
    quick: true,
    place: '/dev/shm',
    progress: () => undefined,
  };
}

/** Checks a measure against a ratio: a maximum if less is better, a minimum if more is. */
export function holdTo(t, measured, limit) {
  const { name, better, values } = measured;
  const found = compare(measured);
  const [low, high] = found.interval ?? [found.ratio, found.ratio];
  const shown = `${found.ratio?.toFixed(3)} (${low?.toFixed(3)}–${high?.toFixed(3)})`;
  const broken = better === 'less' ? low > limit : high < limit;
  t.notOk(
    broken,
    `${name}: ${shown} of ${measured.against ?? 'C conmon'}, ${better === 'less' ? 'at most' : 'at least'} ${limit}`,
  );
  // The reference is not always a monitor.
  if (measured.against !== undefined) return;
  const same = compare({ ...measured, values: { ours: values['c'], c: values['c'] } }).ratio;
  t.ok(better === 'less' ? same > limit : same < limit, `${name}: C conmon itself is beyond the budget`);
}
