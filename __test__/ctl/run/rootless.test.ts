/** `conmonctl run` by a user without privileges, who is root in the container. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import t from 'tap';
import { newRunId } from '../../../ts/ctl/run/container-id.js';
import { readableCopy } from '../../support/readable-copy.js';
import { leftovers, makeRootfs, MONITORS, skipWithout } from '../live.js';

const NOBODY = '65534';
const isRoot = process.getuid?.() === 0;
const skip = isRoot ? skipWithout(MONITORS[0], 'runc', 'busybox', 'setpriv') : { skip: 'only root can become another' };

t.test('a user without privileges can run a container with runc', skip, async (t) => {
  const { place } = readableCopy(t);
  for (const directory of ['rootfs', 'work']) mkdirSync(`${place}/${directory}`, { mode: 0o755 });
  chmodSync(`${place}/work`, 0o1777);
  const id = newRunId();
  const rootfs = makeRootfs(`${place}/rootfs`);
  // The root file system of another user: the runtime cannot create mount points in it.
  for (const directory of ['proc', 'sys', 'dev']) mkdirSync(`${rootfs}/${directory}`);
  const command = ['/bin/sh', '-c', 'echo "$(id -u) in the container"; exit 12'];
  // `env -i`: this test's own Node adds to the environment of what it starts.
  const env = [
    'env',
    '-i',
    `PATH=${process.env['PATH'] ?? ''}`,
    `TMPDIR=${place}/work`,
    `XDG_RUNTIME_DIR=${place}/work`,
  ];
  const ctl = [process.execPath, `${place}/dist/conmonctl.js`, 'run', '--runtime', 'runc', '--rootfs', rootfs, id];
  const setpriv = ['--reuid', NOBODY, '--regid', NOBODY, '--clear-groups', ...env, ...ctl, '--', ...command];
  const { status, stdout, stderr } = spawnSync('setpriv', setpriv, { encoding: 'utf8', cwd: place });
  t.equal(stderr, '');
  t.equal(stdout, '0 in the container\n');
  t.equal(status, 12);
  t.same(await leftovers(id, `${place}/work`), []);
});
