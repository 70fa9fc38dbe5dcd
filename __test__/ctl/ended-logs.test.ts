/** Logs of containers that no monitor has any more, where Podman and CRI-O keep them. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import t, { type Test } from 'tap';
import { CtlError } from '../../ts/ctl/error.js';
import type { ManagerPlaces } from '../../ts/ctl/logs/ended/ended-container.js';
import { storesOf } from '../../ts/ctl/logs/ended/stores.js';
import { findLog } from '../../ts/ctl/logs/log-source.js';
import type { MonitorInfo } from '../../ts/node/monitors/info.js';
import { command } from '../support/command.js';
import { needs } from '../support/needs.js';
import { IMAGE, Podman } from '../support/podman.js';
import { CONMONCTL } from './live.js';

const UID = process.geteuid?.() ?? 0;
const [WEB, DB, POD, OTHER] = ['a1', 'a1b2', 'cd', 'ef'].map((start) => start.padEnd(64, '0')) as [
  string,
  string,
  string,
  string,
];
const K8S = 'k8s_app_front-1_default_0b2c-11_2';

interface Machine {
  readonly root: string;
  readonly places: ManagerPlaces;
  readonly logOf: (id: string, graphroot?: string) => string;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** A root directory with two stores and the logs of pods. */
function machine(t: Test): Machine {
  const root = t.testdir({});
  const logOf = (id: string, graphroot = 'own'): string =>
    `${root}/${graphroot}/overlay-containers/${id}/userdata/ctr.log`;
  write(
    `${root}/own/overlay-containers/containers.json`,
    JSON.stringify([
      { id: WEB, names: ['web'], metadata: '{}' },
      { id: DB, names: ['db', 'web.2'] },
      { id: POD, names: [K8S] },
      { id: '../../../etc', names: ['evil'] },
      { names: [1] },
    ]),
  );
  for (const id of [WEB]) write(logOf(id), '');
  write(`${root}/system/vfs-containers/containers.json`, JSON.stringify([{ id: OTHER, names: ['web', 'system'] }]));
  write(logOf(OTHER, 'system').replace('overlay', 'vfs'), '');
  write(`${root}/broken/overlay-containers/containers.json`, '[{"id"');
  write(`${root}/var/log/pods/default_front-1_0b2c-11/app/2.log`, '');
  const stores = ['none', 'broken', 'own', 'system'].map((name) => ({ graphroot: `${root}/${name}`, uid: UID }));
  return { root, logOf, places: { stores, root, uid: UID } };
}

const find = (word: string, places: ManagerPlaces) =>
  findLog(
    word,
    async () => [],
    () => places,
  );

void t.test('a name, an id or the beginning of one finds the log, in the first store that has it', async (t) => {
  const { places, logOf, root } = machine(t);
  const system = logOf(OTHER, 'system').replace('overlay', 'vfs');
  for (const [word, path] of [
    ['web', logOf(WEB)],
    [WEB, logOf(WEB)],
    ['a10', logOf(WEB)],
    ['system', system],
    ['ef0', system],
    [K8S, `${root}/var/log/pods/default_front-1_0b2c-11/app/2.log`],
    [POD, `${root}/var/log/pods/default_front-1_0b2c-11/app/2.log`],
    ['cd0', `${root}/var/log/pods/default_front-1_0b2c-11/app/2.log`],
  ] as const) {
    t.same(await find(word, places), { source: { kind: 'file', path, owner: undefined }, writer: 'ended', remark: '' });
  }
});

void t.test('one without a file has its log in the journal', async (t) => {
  const { places } = machine(t);
  const uids = [...new Set([0, UID])];
  for (const word of ['db', 'web.2', 'a1b']) {
    t.same((await find(word, places)).source, { kind: 'journald', cid: DB, uids }, word);
  }
});

void t.test('an unknown container and an ambiguous name are refused', async (t) => {
  const { places, root } = machine(t);
  for (const word of ['a1', 'evil', 'ffff', 'we', '']) {
    await t.rejects(find(word, places), { message: /no monitor here has a container/ }, word);
  }
  const ids = ['b00a', 'b00b'].map((start) => start.padEnd(64, '0'));
  write(`${root}/own/vfs-containers/containers.json`, JSON.stringify(ids.map((id) => ({ id, names: [] }))));
  t.match(await find('b00b', places), { source: { cid: ids[1] } });
  const message = `"b00" may be several ended containers: ${ids.join(', ')}`;
  await t.rejects(find('b00', places), { message });
});

void t.test("a container of the caller takes precedence over those that other users' processes claim", async (t) => {
  const { places, logOf } = machine(t);
  const claim: MonitorInfo = {
    ...{
      pid: 99,
      uid: 4321,
      isForeign: true,
      kind: 'unknown',
      version: undefined,
      cid: WEB,
      name: 'web',
      cuuid: undefined,
    },
    ...{ mode: 'create', terminal: false, state: 'running', containerPid: 2, bundle: '/b', attachSocket: undefined },
    ...{ control: undefined, exitFiles: [], startedAt: new Date(0), memory: undefined, clients: undefined },
    ...{ logs: [{ driver: 'k8s-file', path: '/planted', bytes: 1 }], problem: undefined },
  };
  const find = (word: string, claims: readonly MonitorInfo[], where = places) =>
    findLog(
      word,
      async () => claims,
      () => where,
    );
  const found = await find('web', [claim]);
  t.match(found, { source: { path: logOf(WEB) }, writer: 'ended' });
  t.match(found.remark, /"web" is also claimed by pid:99 of user 4321/);
  t.match(await find('pid:99', [claim]), { source: { path: '/planted', owner: 4321 } });
  t.match(await find('web', [{ ...claim, isForeign: false }]), { source: { path: '/planted' } });
  const stores = places.stores.map((store) => ({ ...store, uid: 4321 }));
  t.match(
    await find('web', [claim], { ...places, stores }),
    { source: { path: '/planted' } },
    'of their own they know best',
  );
});

void t.test('a log of a pod is found by its link when the container is gone from the storage', async (t) => {
  const { places, root } = machine(t);
  const id = '9'.repeat(64);
  const path = `${root}/var/log/pods/ns_pod_uid/app/0.log`;
  write(path, '');
  mkdirSync(`${root}/var/log/containers`);
  symlinkSync(path, `${root}/var/log/containers/pod_ns_app-${id}.log`);
  symlinkSync('/nowhere', `${root}/var/log/containers/pod_ns_app-${'8'.repeat(64)}.log`);
  for (const word of [id, '9999']) t.match((await find(word, places)).source, { kind: 'file', path });
  await t.rejects(find('8888', places), { message: /no monitor here/ });
});

void t.test('the advice names the places', async (t) => {
  const { places, root } = machine(t);
  const error: unknown = await find('nothing', places).catch((thrown: unknown) => thrown);
  t.ok(error instanceof CtlError);
  t.match(error, { advice: new RegExp(`ps shows.*\n.*${root}/none and ${root}/var/log/pods.*\n.*podman inspect`) });
});

void t.test('stores are at the path in containers-storage.conf, else at the default', async (t) => {
  const home = t.testdir({
    'a.conf': '[storage]\ngraphroot = "/somewhere"\n',
    '.config': { containers: { 'storage.conf': '[storage]\ngraphroot = "/mine"\n' } },
    plain: {},
  });
  const homes = new Map([
    [1000, home],
    [1001, `${home}/plain`],
  ]);
  const roots = storesOf({ uid: 0, env: { CONTAINERS_STORAGE_CONF: `${home}/a.conf` }, homes });
  t.same(roots, [
    { graphroot: '/somewhere', uid: 0 },
    { graphroot: '/mine', uid: 1000 },
    { graphroot: `${home}/plain/.local/share/containers/storage`, uid: 1001 },
  ]);
  const of = (env: NodeJS.ProcessEnv) => storesOf({ uid: 1000, env, homes })[0]?.graphroot;
  t.equal(of({ HOME: home }), '/mine');
  t.equal(of({}), '/mine', 'the home of the user database');
  t.equal(of({ HOME: home, CONTAINERS_STORAGE_CONF: `${home}/a.conf` }), '/somewhere');
  t.equal(of({ HOME: `${home}/plain`, XDG_DATA_HOME: '/data' }), '/data/containers/storage');
  t.equal(of({ HOME: `${home}/plain`, XDG_CONFIG_HOME: `${home}/.config` }), '/mine');
});

void t.test('the log of a stopped container of Podman', needs('root', 'podman', 'nsenter', 'crun'), async (t) => {
  const podman = await Podman.setUp();
  t.teardown(() => podman.tearDown());
  const script = 'echo out; echo err >&2; echo more; exit 3';
  const options = ['--name', 'stopped', '--network', 'none', '--log-driver', 'k8s-file'];
  await podman.run(['run', ...options, IMAGE, 'sh', '-c', script]);
  const id = await podman.ok('inspect', '--format', '{{.Id}}', 'stopped');
  writeFileSync(`${podman.dir}/storage.conf`, `[storage]\ndriver = "overlay"\ngraphroot = "${podman.dir}/root"\n`);
  const env = { ...process.env, CONTAINERS_STORAGE_CONF: `${podman.dir}/storage.conf` };
  for (const word of ['stopped', id, id.slice(0, 12)]) {
    const { code, text, stderr } = await command([CONMONCTL, 'logs', word], { env });
    t.strictSame([code, text, stderr], [0, 'out\nmore\n', 'err\n'], word);
  }
  const followed = await command([CONMONCTL, 'logs', '-f', '--stream', 'stdout', '--tail', '1', 'stopped'], { env });
  t.strictSame([followed.code, followed.text], [0, 'more\n'], 'its end is the end');
});
