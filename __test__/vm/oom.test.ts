/** OOM kills on a kernel with cgroup v2 only, under crun. C conmon runs the same scenes, which validates them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import t from 'tap';
import { MACHINE } from '../support/vm-machine.js';
import { boot, machineNeeds } from '../support/vm.js';
import { image } from './image.js';

/** The machine is emulated: a minute and a half on idle processors. */
const PATIENCE = 300_000 * MACHINE.slowness;

void t.test('cgroup v2', { ...machineNeeds(), timeout: PATIENCE }, async (t) => {
  const dir = mkdtempSync(`${tmpdir()}/conmon-vm-`);
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const said = await boot(t, image(dir, 'oom.sh'), PATIENCE, 'v2');
  t.match(said, /^END$/m, 'the machine came to its end');
  const results = new Map([...said.matchAll(/^RESULT (\S+ \S+) (.*)$/gm)].map(([, scene = '', what]) => [scene, what]));
  t.match(results.get('ours high-then-child'), /^early=no wakeups=0 told=yes kills=[1-9] exit=3$/);
  t.equal(results.get('ours killed'), 'oom=yes exit=137');
  t.match(results.get('ours killed-and-removed'), /^told=[45] exit=137$/);
  t.equal(results.get('ours no-oom'), 'oom=no exit=137');
  if (MACHINE.which('conmon') === undefined) return;
  t.match(results.get('c high-then-child'), /^early=no wakeups=\d+ told=no kills=[1-9] exit=3$/, '2.1.6 looks no more');
  t.equal(results.get('c killed'), 'oom=yes exit=137');
  t.match(results.get('c killed-and-removed'), /^told=[0-5] exit=137$/, '2.1.6 may look too late');
  t.equal(results.get('c no-oom'), 'oom=no exit=137');
});
