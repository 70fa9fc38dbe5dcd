/** What the library reads from the files that a monitor leaves. */
import t from 'tap';
import type { Plan } from '../../../ts/planner/plan.js';
import { exitOf } from '../../../ts/node/containers/exit.js';
import type { Step } from '../../../ts/node/containers/steps.js';
import { plan } from '../../../ts/node/plan.js';

const host = { cwd: () => '/', isExecutable: () => true, whyNotExecutable: () => '' };

function planFor(exitDir: string, persistDir: string): Plan {
  const result = plan({ cid: 'box', cuuid: 'box', runtime: '/crun', exitDir, persistDir, logPath: ['none'] }, { host });
  if ('plan' in result) return result.plan;
  throw new Error('refused');
}

t.test('the status comes from the file in --exit-dir, or else from that in --persist-dir', async (t) => {
  const directory = t.testdir({ exits: { box: '7' }, persist: { exit: '8' } });
  const steps: Step[] = [];
  const onStep = (step: Step): void => void steps.push(step);
  const exit = await exitOf(planFor(`${directory}/exits`, `${directory}/persist`), 42, onStep);
  t.same(exit, { status: 7, pid: 42, oomKilled: false, timedOut: false });
  t.same(steps, [{ kind: 'exited', path: `${directory}/exits/box`, content: '7', status: 7 }]);
  const second = await exitOf(planFor(`${directory}/none`, `${directory}/persist`), 42, onStep);
  t.equal(second.status, 8);
});

t.test('after the time limit the status is -1', async (t) => {
  const directory = t.testdir({ exits: { box: '-1' }, persist: {} });
  t.match(await exitOf(planFor(`${directory}/exits`, `${directory}/persist`), 42, () => undefined), {
    status: -1,
    timedOut: true,
  });
});

t.test('neither a file without a status nor a missing file is a report', async (t) => {
  for (const box of ['', '0x5', '5.0', 'five', '12345678901', undefined]) {
    const directory = t.testdir({ exits: box === undefined ? {} : { box }, persist: {} });
    await t.rejects(
      exitOf(planFor(`${directory}/exits`, `${directory}/persist`), 42, () => undefined),
      { name: 'MonitorError', message: 'the monitor ended without writing the exit file of box' },
      JSON.stringify(box),
    );
  }
});
