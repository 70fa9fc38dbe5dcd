import t from 'tap';
import { runtimeAdvice, chooseRuntime, statusFor } from '../../ts/ctl/runtimes.js';

const NOTHING = {
  find: () => undefined,
  miniruntime: { missing: { what: 'there is no miniruntime', advice: 'make it' } },
  hybridControllers: undefined,
};
const both = (name: string): string => `/bin/${name}`;
const only = (wanted: string) => (name: string) => (name === wanted ? `/bin/${name}` : undefined);

t.test('crun is preferred, runc where crun cannot work', async (t) => {
  t.equal(chooseRuntime('auto', true, { ...NOTHING, find: both }).path, '/bin/crun');
  t.equal(chooseRuntime('auto', true, { ...NOTHING, find: both, hybridControllers: '' }).path, '/bin/crun');
  t.equal(chooseRuntime('auto', true, { ...NOTHING, find: both, hybridControllers: 'hugetlb\n' }).path, '/bin/runc');
  t.equal(chooseRuntime('auto', true, { ...NOTHING, find: only('runc') }).path, '/bin/runc');
});

t.test('crun is tried where it may not work, rather than nothing', async (t) => {
  const hybrid = { ...NOTHING, find: only('crun'), hybridControllers: 'hugetlb' };
  t.equal(chooseRuntime('auto', true, hybrid).path, '/bin/crun');
});

t.test('a container is never run without isolation unless that is asked for', async (t) => {
  const mini = { ...NOTHING, miniruntime: { path: '/mini' } };
  t.throws(() => chooseRuntime('auto', true, mini), {
    message: 'neither crun nor runc is installed',
    advice: /apt-get/,
  });
  t.equal(chooseRuntime('mini', true, mini).path, '/mini');
});

t.test('a plain process needs no installed runtime', async (t) => {
  t.equal(chooseRuntime('auto', false, { ...NOTHING, find: both, miniruntime: { path: '/mini' } }).path, '/mini');
  t.throws(() => chooseRuntime('auto', false, NOTHING), {
    message: 'there is no miniruntime',
    advice: 'make it.',
  });
});

t.test('a name is looked up, a path is taken as it is', async (t) => {
  t.equal(chooseRuntime('/opt/youki', true, NOTHING).path, '/opt/youki');
  t.equal(chooseRuntime('youki', true, { ...NOTHING, find: both }).path, '/bin/youki');
  t.throws(() => chooseRuntime('youki', true, NOTHING), { message: 'youki is not in PATH' });
});

t.test("the runtime's message determines the status, as with podman", async (t) => {
  t.equal(statusFor('exec: "x": executable file not found in $PATH'), 127);
  t.equal(statusFor('open executable: Permission denied'), 126);
  t.equal(statusFor('something else'), 125);
});

t.test('errors that are known come with advice', async (t) => {
  t.match(runtimeAdvice('cgroups in hybrid mode not supported, drop all controllers from cgroupv2'), /--runtime runc/);
  t.match(runtimeAdvice('setrlimit `RLIMIT_NOFILE`: Operation not permitted'), /CAP_SYS_RESOURCE/);
  t.equal(runtimeAdvice('something else'), undefined);
});
