/** What remains of an interrupted run, and which command removes it. */
import { execFileSync } from 'node:child_process';
import t from 'tap';
import { leftovers as found } from '../../../ts/node/containers/leftovers.js';
import { CONMONCTL, leftovers, makeRootfs, MONITORS, Run, skipWithout } from '../live.js';
import { Ctl, FOREVER } from './ctl.js';

const rootfs = makeRootfs(t.testdir({}));
const [OURS] = MONITORS;
const NEEDED = skipWithout(OURS, 'runc', 'busybox');

for (const words of [[], ['--leftovers']]) {
  void t.test(
    `what a killed conmonctl leaves behind is listed by doctor and removed by rm ${words.join(' ')}`,
    NEEDED,
    async (t) => {
      const ctl = new Ctl(t, OURS.path, rootfs);
      const run = new Run(ctl.runWords([], FOREVER), ctl.temporary);
      await run.printed('ready');
      t.notOk(
        (await found()).some(({ cid }) => cid === ctl.id),
        'its conmonctl runs',
      );
      run.child.kill('SIGKILL');
      await run.ended;
      t.match(
        ctl.call(['doctor']).stdout,
        new RegExp(`! leftovers .*${ctl.id} still runs[^]*→ conmonctl rm ${ctl.id}`),
      );
      t.match(ctl.call(['rm', ...(words.length === 0 ? [ctl.id] : words)]).stdout, ctl.id);
      t.same(await leftovers(ctl.id, ctl.temporary), []);
    },
  );
}

for (const monitor of MONITORS) {
  for (const option of ['--explain', '--json']) {
    const needed = skipWithout(monitor, 'runc', 'busybox');
    void t.test(`no reader of the output of ${option}: nothing remains (${monitor.name})`, needed, async (t) => {
      const ctl = new Ctl(t, monitor.path, rootfs);
      const words = [CONMONCTL, 'run', option, ...ctl.runWords(['--grace', '1'], ['/bin/sleep', '60'])];
      const quoted = words.map((word) => `'${word}'`).join(' ');
      execFileSync('/bin/sh', ['-c', `${quoted} 2>&1 | head -1`], { env: ctl.env, timeout: 60_000 });
      t.same(await leftovers(ctl.id, ctl.temporary), []);
    });
  }
}
