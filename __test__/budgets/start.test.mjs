/**
 * Starting stays within its budget. What is counted has the tight limits: it hardly depends on the machine. The ratio of CPU times
 * does: with glibc, that of `--version` was 0.55 on an AMD EPYC and 0.66 on an Intel Xeon. Elapsed time only must be less than C
 * conmon's.
 *
 * It can fail: thirty more system calls and page faults break the counts, half a millisecond of CPU time before planning and after it the rest.
 */
import t from 'tap';
import { REFUSED } from '../../bench/command-line.mjs';
import { measure, milliseconds, spawns } from '../../bench/harness.mjs';
import { counts } from '../../bench/measures/counts.mjs';
import { besideNode } from '../../bench/measures/node.mjs';
import { contenders, creation, podmanExec, runningHost } from '../../bench/parts.mjs';
import { inWorld } from '../../bench/world.mjs';
import { needs } from '../support/needs.js';
import { comparing, holdTo, tools } from './budget.mjs';

const measured = (name, times, what) => ({
  name,
  better: 'less',
  kind: 'rounds',
  values: milliseconds(times, what),
});

void t.test(
  'a start takes fewer system calls and page faults than one of C conmon',
  needs('root', 'conmon', 'strace'),
  async (t) => {
    const limits = [
      [/system calls/, 0.6],
      [/--version: page faults/, 0.65],
      [/refused: page faults/, 0.65],
    ];
    const rows = await counts(tools());
    for (const [pattern, limit] of limits) {
      const found = rows.find(({ name }) => pattern.test(name));
      if (found === undefined) t.fail(`the benchmark measures no ${pattern}`);
      else holdTo(t, found, limit);
    }
  },
);

void t.test('the executable starts, plans and refuses for less than C conmon', comparing(), async (t) => {
  const { ours, c } = tools().monitors;
  const version = await spawns(tools(), 150, { ours: [ours, '--version'], c: [c, '--version'] }, 0);
  holdTo(t, measured('--version, CPU', version, 'cpu'), 0.6);
  const refused = await spawns(tools(), 150, { ours: [ours, ...REFUSED], c: [c, ...REFUSED] }, 1);
  holdTo(t, measured('planner alone, CPU', refused, 'cpu'), 0.65);
});

void t.test('a container is started and ended for less than with C conmon', comparing(), async (t) => {
  const times = await inWorld(tools(), async (world) =>
    measure(world, 'crowd', { rounds: 30, many: 5, ...creation(world, 5) }),
  );
  holdTo(t, measured('start to end, CPU with the runtime', times, 'cpu'), 0.85);
  holdTo(t, measured('start → last pid of five', times, 'start'), 0.95);
});

void t.test('an exec is started and ended for less than with C conmon', comparing(), async (t) => {
  const times = await inWorld(tools(), async (world) => {
    const args = podmanExec(world, await runningHost(world));
    return measure(world, 'pace', { rounds: 30, many: 5, interval: 5, contenders: contenders(world), arguments: args });
  });
  holdTo(t, measured('exec, CPU with the runtime', times, 'cpu'), 0.9);
  holdTo(t, measured('exec, start → exit code', times, 'latency'), 0.98);
});

void t.test('starting through Node costs little more than Node itself', comparing(), async (t) => {
  holdTo(t, await besideNode(tools(), 13, 'cpu'), 1.85);
});
