/**
 * The executable stays small. Absolute, as it hangs on no machine: 2.5 MB are the planner's engine (QuickJS, about 1 MB), the
 * static C library and the core. What must not creep in unseen is a dependency that brings more than it is worth: formatting
 * of floats and backtraces, regular expressions, an async runtime; each is some hundred kilobytes.
 */
import { statSync } from 'node:fs';
import t from 'tap';
import { OURS } from './budget.mjs';

const MOST_KILOBYTES = 3072;

void t.test('the executable is no larger than it has to be', async (t) => {
  const kilobytes = Math.ceil(statSync(OURS).size / 1024);
  t.ok(kilobytes <= MOST_KILOBYTES, `${kilobytes} kB, at most ${MOST_KILOBYTES}`);
});
