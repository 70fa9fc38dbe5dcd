/**
 * Output stays within its CPU budget, and no byte of it is lost (else the measure fails). Throughput depends on the load of
 * the machine, so its limit is loose.
 *
 * It can fail: 0.2 ns more a byte and 12 ns more a line, together a quarter, break both CPU budgets without a client.
 */
import t from 'tap';
import { contest } from '../../bench/measures/throughput.mjs';
import { comparing, holdTo, tools } from './budget.mjs';

const SIZE = { rounds: 17, mebibytes: 12 };

for (const { line, readers, cpu, speed } of [
  { line: 20, readers: 0, cpu: 0.4, speed: 1.5 },
  { line: 1000, readers: 0, cpu: 0.6, speed: 1.2 },
  { line: 1000, readers: 1, cpu: 0.8, speed: 1.05 },
]) {
  void t.test(`lines of ${line} bytes, ${readers} attached`, comparing(), async (t) => {
    const [taken, cost] = await contest(tools(), line, readers, SIZE);
    holdTo(t, cost, cpu);
    holdTo(t, taken, speed);
  });
}
