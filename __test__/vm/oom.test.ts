/** OOM kills on a kernel with cgroup v2 only, under crun. C conmon runs the same scenes, which validates them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import t from 'tap';
import { which } from '../support/needs.js';
import { CONMON } from '../support/target.js';
import { Image, boot, machineNeeds, script } from '../support/vm.js';

const MB = 1 << 20;
/** The machine is emulated: a minute and a half on idle processors. */
const PATIENCE = 300_000;

/** crun's configuration; the scenes rely on the memory size. */
const CONFIGURATION = {
  ociVersion: '1.0.2',
  process: { user: { uid: 0, gid: 0 }, args: ['/bin/sh', '/script'], env: ['PATH=/bin'], cwd: '/' },
  root: { path: 'rootfs' },
  mounts: [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['mode=755', 'size=64k'] },
    { destination: '/mem', type: 'tmpfs', source: 'tmpfs', options: ['size=64m'] },
  ],
  linux: {
    cgroupsPath: '/scene',
    namespaces: ['pid', 'mount', 'ipc', 'uts'].map((type) => ({ type })),
    resources: { memory: { limit: 24 * MB, swap: 24 * MB } },
  },
};

function image(dir: string): string {
  const made = new Image(`${dir}/root`);
  made.write('/init', script('init.sh'), 0o755);
  made.write('/config.json', JSON.stringify(CONFIGURATION));
  made.add(CONMON, '/ours/conmon');
  const c = which('conmon');
  if (c !== undefined) made.add(c, '/c/conmon');
  made.add(which('crun') ?? '', '/usr/bin/crun');
  made.add(which('busybox') ?? '', '/rootfs/bin/busybox');
  for (const folder of ['dev', 'proc', 'mem']) made.folder(`/rootfs/${folder}`);
  for (const applet of ['sh', 'dd', 'tail', 'sleep']) made.link(`/rootfs/bin/${applet}`, '/bin/busybox');
  made.pack(`${dir}/initrd`);
  return `${dir}/initrd`;
}

void t.test('cgroup v2', { ...machineNeeds(), timeout: PATIENCE }, async (t) => {
  const dir = mkdtempSync(`${tmpdir()}/conmon-vm-`);
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const said = await boot(t, image(dir), PATIENCE);
  t.match(said, /^END$/m, 'the machine came to its end');
  const results = new Map([...said.matchAll(/^RESULT (\S+ \S+) (.*)$/gm)].map(([, scene = '', what]) => [scene, what]));
  t.match(results.get('ours high-then-child'), /^early=no wakeups=0 told=yes kills=[1-9] exit=3$/);
  t.equal(results.get('ours killed'), 'oom=yes exit=137');
  t.match(results.get('ours killed-and-removed'), /^told=[45] exit=137$/);
  t.equal(results.get('ours no-oom'), 'oom=no exit=137');
  if (which('conmon') === undefined) return;
  t.match(results.get('c high-then-child'), /^early=no wakeups=\d+ told=no kills=[1-9] exit=3$/, '2.1.6 looks no more');
  t.equal(results.get('c killed'), 'oom=yes exit=137');
  t.match(results.get('c killed-and-removed'), /^told=[0-5] exit=137$/, '2.1.6 may look too late');
  t.equal(results.get('c no-oom'), 'oom=no exit=137');
});
