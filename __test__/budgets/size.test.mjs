/**
 * The executable stays small. The limit is absolute, as the size is the same on any machine: 2.1 MB are the planner's engine
 * (QuickJS, about 0.8 MB), the core and the static C library. It catches dependencies that cost more than they are worth:
 * formatting of floats and backtraces, regular expressions, an async runtime; each is some hundred kilobytes.
 */
import { statSync } from 'node:fs';
import t from 'tap';
import { OURS } from './budget.mjs';

const MOST_KILOBYTES = 2250;

void t.test('the executable stays within its size budget', async (t) => {
  const kilobytes = Math.ceil(statSync(OURS).size / 1024);
  t.ok(kilobytes <= MOST_KILOBYTES, `${kilobytes} kB, at most ${MOST_KILOBYTES}`);
});
