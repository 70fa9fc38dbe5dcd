/** `conmonctl run` with each runtime, and with runtimes that do not behave. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { newRunId } from '../../ts/ctl/run/container-id.js';
import { leftovers, makeRootfs, MONITORS, Run, skipWithout } from './live.js';

const [OURS] = MONITORS;
const HYBRID_CONTROLLERS = '/sys/fs/cgroup/unified/cgroup.controllers';
/** Next to cgroup v1, crun works only if it sees no cgroup v2 with controllers: it is hidden from crun. */
const HIDE_V2 = ['unshare', '-m', '--propagation', 'private', 'sh', '-c'].concat(
  'mount -t tmpfs none /sys/fs/cgroup/unified && exec "$@"',
  'sh',
);

const isHybrid = existsSync(HYBRID_CONTROLLERS) && readFileSync(HYBRID_CONTROLLERS, 'utf8').trim() !== '';

t.test('crun runs a container where it can work', skipWithout(OURS, 'crun', 'busybox', 'unshare'), async (t) => {
  const [id, temporary, rootfs] = [
    newRunId(),
    t.testdir({ work: {}, rootfs: {} }),
    makeRootfs(`${t.testdirName}/rootfs`),
  ];
  const args = ['--runtime', 'crun', '--rootfs', rootfs, id, '--', '/bin/sh', '-c', 'echo out; echo err >&2; exit 8'];
  const { status, stdout, stderr } = await new Run(args, `${temporary}/work`, isHybrid ? HIDE_V2 : []).ended;
  t.equal(stderr, 'err\n');
  t.equal(stdout.toString(), 'out\n');
  t.equal(status, 8);
  t.same(await leftovers(id, `${temporary}/work`), []);
});

const whereCrunFails = isHybrid ? skipWithout(OURS, 'crun', 'busybox') : { skip: 'cgroups here suit crun' };

t.test('where crun cannot work the error has advice', whereCrunFails, async (t) => {
  const [id, temporary, rootfs] = [
    newRunId(),
    t.testdir({ work: {}, rootfs: {} }),
    makeRootfs(`${t.testdirName}/rootfs`),
  ];
  const run = new Run(['--runtime', 'crun', '--rootfs', rootfs, id, '--', '/bin/true'], `${temporary}/work`);
  const { status, stderr } = await run.ended;
  t.equal(status, 125);
  t.match(stderr, /hybrid mode not supported[^]*Use --runtime runc/);
  t.same(await leftovers(id, `${temporary}/work`), []);
});

t.test('without a root file system it is a plain process under the mini runtime', skipWithout(OURS), async (t) => {
  const [id, temporary] = [newRunId(), t.testdir({})];
  const script = 'echo "$PWD|$CTL_TEST"; echo err >&2; printf part; exit 11';
  const run = new Run(['--env', 'CTL_TEST=yes', '--cwd', '/usr', id, '--', '/bin/sh', '-c', script], temporary);
  const { status, stdout, stderr } = await run.ended;
  t.equal(status, 11);
  t.equal(stdout.toString(), '/usr|yes\npart');
  t.equal(stderr, 'err\n');
  t.same(await leftovers(id, temporary), []);
});

t.test('a signal reaches a plain process', skipWithout(OURS), async (t) => {
  const [id, temporary] = [newRunId(), t.testdir({})];
  const run = new Run([id, '--', '/bin/sh', '-c', 'echo ready; exec sleep 60'], temporary);
  await run.printed('ready');
  run.child.kill('SIGINT');
  t.equal((await run.ended).status, 130);
  t.same(await leftovers(id, temporary), []);
});

t.test('an interruption while the runtime creates leaves nothing', skipWithout(OURS), async (t) => {
  const [id, temporary] = [newRunId(), t.testdir({ work: {} })];
  const runtime = `${temporary}/runtime`;
  const began = `${temporary}/began`;
  writeFileSync(runtime, `#!/bin/sh\ncase "$*" in *" create "*) : >'${began}'; exec sleep 60;; esac\n`);
  chmodSync(runtime, 0o755);
  const run = new Run(['--runtime', runtime, '--rootfs', temporary, id, '--', '/bin/true'], `${temporary}/work`);
  while (!existsSync(began)) await new Promise((resolve) => setTimeout(resolve, 10));
  run.child.kill('SIGTERM');
  const { status, stderr } = await run.ended;
  t.equal(status, 143);
  t.match(stderr, 'conmonctl: interrupted by SIGTERM');
  t.same(await leftovers(id, `${temporary}/work`), []);
});

t.test('a runtime whose start fails is reported, and its container removed', skipWithout(OURS), async (t) => {
  const [id, temporary] = [newRunId(), t.testdir({ work: {} })];
  const runtime = `${temporary}/runtime`;
  const mini = OURS.path.replace(/conmon$/, 'miniruntime');
  const script = `case "$*" in *" start "*) echo "no start today" >&2; exit 3;; esac; exec '${mini}' "$@"`;
  writeFileSync(runtime, `#!/bin/sh\n${script}\n`);
  chmodSync(runtime, 0o755);
  const { status, stderr } = await new Run(['--runtime', runtime, id, '--', '/bin/sleep', '60'], `${temporary}/work`)
    .ended;
  t.equal(status, 125);
  t.match(stderr, /start ended with status 3: no start today/);
  t.same(await leftovers(id, `${temporary}/work`), []);
});

t.test('an output that nobody reads any more ends the container', skipWithout(OURS), async (t) => {
  const [id, temporary] = [newRunId(), t.testdir({})];
  const run = new Run(
    ['--grace', '1', id, '--', '/bin/sh', '-c', 'echo ready; while echo more; do sleep 0.05; done'],
    temporary,
  );
  await run.printed('ready');
  run.child.stdout?.destroy();
  t.equal((await run.ended).status, 143);
  t.same(await leftovers(id, temporary), []);
});
