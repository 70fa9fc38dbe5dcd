import t from 'tap';
import { grantableCapabilities } from '../../../ts/node/containers/capabilities.js';
import { type ContainerDescription, ociSpec } from '../../../ts/node/containers/oci-spec.js';

const CONTAINER: ContainerDescription = {
  id: 'box',
  rootfs: '/srv/rootfs',
  readOnly: true,
  terminal: false,
  command: ['/bin/echo', 'hello'],
  env: { PATH: '/bin', EMPTY: '' },
  cwd: '/tmp',
  user: { uid: 0, gid: 0 },
  mounts: [],
  hostname: 'name',
  network: 'none',
  capabilities: ['CAP_KILL'],
  rootless: undefined,
};

t.test('config.json has what the description asks for', async (t) => {
  t.match(ociSpec(CONTAINER), {
    process: { terminal: false, args: ['/bin/echo', 'hello'], env: ['PATH=/bin', 'EMPTY='], cwd: '/tmp' },
    root: { path: '/srv/rootfs', readonly: true },
    hostname: 'name',
  });
});

t.test('a container has namespaces of its own, the network too unless the host is asked for', async (t) => {
  const types = (order: ContainerDescription): unknown => JSON.parse(JSON.stringify(ociSpec(order))).linux.namespaces;
  const kinds = ['pid', 'mount', 'ipc', 'uts'].map((type) => ({ type }));
  t.same(types(CONTAINER), [...kinds, { type: 'network' }]);
  t.same(types({ ...CONTAINER, network: 'host' }), kinds);
});

t.test("the host's sysfs is bound read-only when the network is the host's", async (t) => {
  const spec = JSON.parse(JSON.stringify(ociSpec({ ...CONTAINER, network: 'host' })));
  t.match(
    spec.mounts.find((mount: { readonly destination: string }) => mount.destination === '/sys'),
    { source: '/sys', options: ['nosuid', 'noexec', 'nodev', 'ro', 'rbind'] },
  );
});

t.test('root gets a cgroup named after the container; others get none, but a user namespace', async (t) => {
  t.match(ociSpec(CONTAINER), { linux: { cgroupsPath: '/box' } });
  const rootless = JSON.parse(JSON.stringify(ociSpec({ ...CONTAINER, rootless: { uid: 1000, gid: 100 } })));
  t.equal(rootless.linux.cgroupsPath, undefined);
  t.same(rootless.linux.uidMappings, [{ containerID: 0, hostID: 1000, size: 1 }]);
  t.same(rootless.linux.gidMappings, [{ containerID: 0, hostID: 100, size: 1 }]);
});

t.test('privileges are bounded: no new ones, and only capabilities that were granted', async (t) => {
  t.match(ociSpec(CONTAINER), {
    process: {
      noNewPrivileges: true,
      capabilities: { bounding: ['CAP_KILL'], effective: ['CAP_KILL'], permitted: ['CAP_KILL'] },
    },
  });
});

t.test('a plain process has neither mounts nor namespaces', async (t) => {
  const spec = ociSpec({ ...CONTAINER, rootfs: undefined });
  t.notOk('linux' in spec);
  t.notOk('mounts' in spec);
});

t.test('only capabilities that we hold are passed on', async (t) => {
  t.same(grantableCapabilities('CapEff:\t0000000000000021\n'), ['CAP_CHOWN', 'CAP_KILL']);
  t.same(grantableCapabilities('CapEff:\t0000000000000000\n'), []);
  t.same(grantableCapabilities(''), []);
  t.ok(grantableCapabilities('CapEff:\t000001ffffffffff\n').includes('CAP_SETFCAP'));
  t.notOk(grantableCapabilities('CapEff:\t000001ffffffffff\n').includes('CAP_SYS_ADMIN'));
});
