/** Create, exec, log, OOM kill and exit on another kernel, with each kind of cgroups. scripts/vm-kernels.sh takes more kernels. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import t, { type Test } from 'tap';
import { MACHINE } from '../support/vm-machine.js';
import { boot, machineNeeds } from '../support/vm.js';
import { image } from './image.js';

/** An emulated machine on busy processors; half a minute on idle ones. */
const PATIENCE = 300_000 * MACHINE.slowness;
const HIERARCHIES = (process.env['CONMON_TEST_HIERARCHIES'] ?? 'v1 v2').split(' ');
const RUNTIMES = ['crun', 'runc'];
/** crun refuses that; newer kernels have memory and cpuset only in v2. */
const MIXED = /cgroups in hybrid mode not supported/;

void t.test('another kernel', { ...machineNeeds(), timeout: PATIENCE * HIERARCHIES.length }, async (t) => {
  const dir = mkdtempSync(`${tmpdir()}/conmon-vm-`);
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const initrd = image(dir, 'life.sh');
  for (const hierarchy of HIERARCHIES)
    await t.test(`cgroup ${hierarchy}`, async (t) => check(t, await boot(t, initrd, PATIENCE, hierarchy)));
});

function check(t: Test, said: string): void {
  t.comment(`Linux ${/^KERNEL (.*)$/m.exec(said)?.[1]}`);
  t.match(said, /^END$/m, 'the machine came to its end');
  const results = new Map(
    [...said.matchAll(/^RESULT ours (\S+) (.*)$/gm)].map(([, scene = '', what]) => [scene, what]),
  );
  for (const runtime of RUNTIMES) {
    if (runtime === 'crun' && MIXED.test(said)) {
      t.comment('crun refuses cgroup v1 beside controllers of v2');
      continue;
    }
    const log = 'stdout_F_out,stderr_F_err,stdout_P_rest,';
    const life = results.get(`life-${runtime}`) ?? '';
    if (!t.match(life, 'exit=5 exec=F_in:6 log=', runtime)) t.comment(said);
    t.same(records(life), records(log), 'its log');
    if (/^NO MEMORY CONTROLLER$/m.test(said)) t.comment('the kernel has no memory controller for cgroup v1');
    else t.equal(results.get(`oom-${runtime}`), 'oom=yes exit=137', 'an OOM kill');
  }
}

/** In any order of stdout and stderr. */
function records(text = ''): string[] {
  return text
    .replace(/.*log=/, '')
    .split(',')
    .toSorted();
}
