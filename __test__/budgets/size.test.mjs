/**
 * The executable stays small. The limit is absolute, as the size is the same on any machine: 2.5 MB are the planner's engine
 * (QuickJS, about 1 MB), the static C library and the core. It catches dependencies that cost more than they are worth:
 * formatting of floats and backtraces, regular expressions, an async runtime; each is some hundred kilobytes.
 */
import { statSync } from 'node:fs';
import t from 'tap';
import { OURS } from './budget.mjs';

const MOST_KILOBYTES = 2880;

void t.test('the executable stays within its size budget', async (t) => {
  const kilobytes = Math.ceil(statSync(OURS).size / 1024);
  t.ok(kilobytes <= MOST_KILOBYTES, `${kilobytes} kB, at most ${MOST_KILOBYTES}`);
});
