import t from 'tap';
import type { RunArguments } from '../../../ts/ctl/run/run-options.js';
import { type HostFacts, runRequest } from '../../../ts/ctl/run/run-request.js';

const MACHINE: HostFacts = {
  env: { HOME: '/srv', CONMON_BINARY: process.execPath },
  cwd: '/srv',
  uid: 0,
  gid: 0,
  status: 'CapEff:\t0000000000000001\n',
  runtimes: { find: (name) => `/bin/${name}`, miniruntime: { path: '/mini' }, hybridControllers: undefined },
};

const OPTIONS = {
  hostname: 'container',
  network: 'none',
  runtime: 'auto',
  grace: '10',
  'log-level': 'warning',
} as unknown as RunArguments;

const ask = (changes: Partial<RunArguments>, command: readonly string[] = ['true'], id?: string) =>
  runRequest({ ...OPTIONS, ...changes }, id, command, MACHINE);

t.test('paths are relative to the working directory', async (t) => {
  t.match(ask({ rootfs: 'r' }).source, { kind: 'command', container: { rootfs: '/srv/r' } });
  t.match(ask({ bundle: '../b' }, []).source, { kind: 'bundle', path: '/b' });
  t.equal(ask({ rootfs: 'r', runtime: './crun' }).runtime.path, '/srv/crun');
});

t.test('a container has a clean environment, a plain process inherits ours; --env adds to either', async (t) => {
  t.match(ask({ rootfs: 'r', env: ['A=b=c'] }).source, { container: { env: { HOME: '/root', A: 'b=c' }, cwd: '/' } });
  t.match(ask({ env: ['A='] }).source, { container: { env: { HOME: '/srv', A: '' }, cwd: '/srv' } });
});

t.test('a container gets an id that nobody else has', async (t) => {
  t.match(ask({ rootfs: 'r' }).id, /^conmonctl-[0-9a-f]{12}$/);
  t.not(ask({ rootfs: 'r' }).id, ask({ rootfs: 'r' }).id);
  t.equal(ask({ rootfs: 'r' }, ['true'], 'web.1').id, 'web.1');
});

for (const id of ['', '.', '..', 'a/b', '-x', 'a b', 'x'.repeat(65)]) {
  t.test(`invalid id: ${JSON.stringify(id)}`, async (t) => {
    t.throws(() => ask({ rootfs: 'r' }, ['true'], id), { message: /cannot be the id/ });
  });
}

t.test('times are whole seconds', async (t) => {
  t.equal(ask({ timeout: '5' }).timeoutSeconds, 5);
  for (const timeout of ['0', '-1', '1.5', 'x', '', '99999999']) {
    t.throws(() => ask({ timeout }), { message: /--timeout needs/ }, timeout);
  }
});

t.test('options that exclude each other are refused', async (t) => {
  t.throws(() => ask({}, []), { message: /nothing to run/, advice: /For example/ });
  t.throws(() => ask({ bundle: 'b' }, ['true']), { message: /a bundle has its own/ });
  t.throws(() => ask({ bundle: 'b', rootfs: 'r' }, []), { message: /a bundle has its own/ });
  t.throws(() => ask({ env: ['=x'] }), { message: /NAME=VALUE/ });
  t.throws(() => ask({ env: ['x'] }), { message: /NAME=VALUE/ });
});

t.test('a missing monitor is named, with what to do', async (t) => {
  t.throws(() => ask({ conmon: '/nowhere/conmon' }), {
    message: 'the executable /nowhere/conmon does not exist',
    advice: /--conmon/,
  });
});
