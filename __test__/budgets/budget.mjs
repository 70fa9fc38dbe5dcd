/**
 * How a budget is held. It is a ratio against C conmon in the same run, so that it holds on any machine; a machine that does
 * other things too blurs it, so a budget is broken only if the ratio is beyond it with 99 % probability. And in every run it
 * is looked whether the budget could break: C conmon in our place must break it.
 */
import { accessSync, constants } from 'node:fs';
import { buildHarness } from '../../bench/harness.mjs';
import { compare } from '../../bench/verdict.mjs';
import { at } from '../../scripts/project.mjs';

/** The monitor that is held to budgets; `CONMON_OURS` names another, to see that it breaks them. */
export const OURS = process.env['CONMON_OURS'] ?? at('dist', 'native', 'conmon');
const C = process.env['CONMON_C'] ?? '/usr/bin/conmon';

/** Options of a test that compares: skipped, with the reason, where there is no C conmon, unless all must be there. */
export function comparing() {
  const reason = missing();
  if (reason === undefined) return {};
  if (process.env['CI'] === 'true') throw new Error(reason);
  return { skip: reason };
}

function missing() {
  if (process.getuid?.() !== 0) return 'must be run by root';
  try {
    accessSync(C, constants.X_OK);
  } catch {
    return 'conmon is not installed: apt-get install conmon';
  }
  return undefined;
}

/** @type {string | undefined} */
let harness;

/** What the measures of the benchmark need. */
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

/** Holds what was measured to a ratio, the most if less is better, the least if more is. */
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
  // What stands in C's place is the yardstick, and not always a monitor.
  if (measured.against !== undefined) return;
  const same = compare({ ...measured, values: { ours: values['c'], c: values['c'] } }).ratio;
  t.ok(better === 'less' ? same > limit : same < limit, `${name}: C conmon itself is beyond the budget`);
}
