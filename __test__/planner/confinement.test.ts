import t from 'tap';
import type { Writable } from '../../ts/planner/plan.js';
import { CREATE, planOf } from './support.js';

function writable(argv: readonly string[], env: Record<string, string> = {}): Writable | null | undefined {
  return planOf([...CREATE, '-b', '/run/ctr/userdata', '-P', '/run/ctr/userdata/conmon.pid', ...argv], { env })
    .confinement?.restrictions?.writable;
}

t.test('an exit command inherits no restriction', async (t) => {
  const { confinement } = planOf([...CREATE, '--exit-command', '/bin/true']);
  t.same(confinement, { restrictions: null });
});

t.test('as CRI-O calls: logs and exit files with the directory above, the rest as it is', async (t) => {
  const log = '/var/log/pods/ns_pod_uid/ctr/0.log';
  const found = writable(['-l', log, '--exit-dir', '/run/crio/exits', '--socket-dir-path', '/run/crio']);
  t.same(found, {
    directories: [
      '/var/log/pods/ns_pod_uid/ctr',
      '/var/log/pods/ns_pod_uid',
      '/run/crio/exits',
      '/run/crio',
      '/run/ctr/userdata',
    ],
    files: [log],
  });
});

t.test('not everything is below a writable directory because one is directly below the root', async (t) => {
  const directories = writable(['-l', '/log', '--exit-dir', '/exits', '--full-attach'])?.directories;
  t.same(directories, ['/', '/exits', '/run/ctr/userdata'], 'but a log there must be');
});

t.test('the persistent directory is for the exit file and for oom', async (t) => {
  const directories = writable(['-0', '/persist/x', '--full-attach'])?.directories;
  t.same(directories, ['/persist/x', '/persist', '/run/ctr/userdata']);
});

t.test('with compression, it is not restricted where a monitor writes', async (t) => {
  const env = { CONMON_LOG_COMPRESS: 'gzip', CONMON_LOG_ROTATE: '2' };
  t.equal(writable(['-l', '/log'], env), null);
  t.ok(planOf([...CREATE, '-l', '/log'], { env }).confinement?.restrictions, 'but is restricted otherwise');
});

t.test('a link without a socket directory of its own is in the default one', async (t) => {
  t.ok(writable([])?.directories.includes('/var/run/crio'));
});
