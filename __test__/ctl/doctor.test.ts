import t from 'tap';
import type { Finding } from '../../ts/ctl/doctor/finding.js';
import { journalFindings } from '../../ts/ctl/doctor/journal.js';
import { kernelFindings } from '../../ts/ctl/doctor/kernel.js';
import { limitFindings } from '../../ts/ctl/doctor/limits.js';
import type { Machine } from '../../ts/ctl/doctor/machine.js';
import { rootlessFindings } from '../../ts/ctl/doctor/rootless.js';
import { runtimeFindings } from '../../ts/ctl/doctor/runtimes.js';
import { orphanFindings } from '../../ts/ctl/doctor/orphans.js';
import { crictlContainers, podmanContainers, unmonitored } from '../../ts/ctl/doctor/unmonitored.js';

const CGROUP2 = 0x63677270;
const TMPFS = 0x01021994;

interface Facts {
  readonly uid?: number;
  readonly kernel?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly files?: Readonly<Record<string, string>>;
  readonly programs?: Readonly<Record<string, string | undefined>>;
  readonly fileSystem?: number;
}

function machine({ uid = 0, kernel = '6.1.0', env = {}, files = {}, programs = {}, fileSystem }: Facts): Machine {
  return {
    ...{ uid, kernel, env, user: 'jo', processor: 'x64' },
    read: (path) => files[path],
    exists: (path) => path in files,
    fileSystem: () => fileSystem,
    find: (name) => (name in programs ? `/usr/bin/${name}` : undefined),
    output: async (path) => programs[path.slice('/usr/bin/'.length)],
  };
}

/** Levels by topic. */
function levels(findings: readonly Finding[]): Readonly<Record<string, string>> {
  return Object.fromEntries(findings.map(({ topic, level }) => [topic, level]));
}

void t.test('the kernel must have what the monitor needs', async (t) => {
  for (const [kernel, level] of [
    ['6.1.0-9-amd64', 'good'],
    ['5.9.0', 'good'],
    ['5.8.18', 'note'],
    ['4.18.0', 'note'],
    ['4.17.9', 'problem'],
    ['3.10.0', 'problem'],
  ] as const) {
    t.equal(levels(kernelFindings(machine({ kernel, fileSystem: CGROUP2 })))['kernel'], level, kernel);
  }
});

void t.test('the kinds of cgroups are distinguished, and their problems reported', async (t) => {
  const controllers = '/sys/fs/cgroup/user.slice/user-7.slice/user@7.service/cgroup.controllers';
  for (const [rule, facts, level, what] of [
    ['v2', { fileSystem: CGROUP2 }, 'good', 'v2'],
    ['v1', { fileSystem: TMPFS }, 'note', 'v1'],
    [
      'a mixture that crun refuses',
      { fileSystem: TMPFS, files: { '/sys/fs/cgroup/unified/cgroup.controllers': 'hugetlb\n' } },
      'warning',
      'hugetlb',
    ],
    ['none', {}, 'problem', 'nothing is mounted'],
    [
      'a user with delegation',
      { uid: 7, fileSystem: CGROUP2, files: { [controllers]: 'cpu memory pids\n' } },
      'good',
      'v2',
    ],
    [
      'a user without',
      { uid: 7, fileSystem: CGROUP2, files: { [controllers]: 'pids\n' } },
      'warning',
      'without the memory',
    ],
  ] as const) {
    const finding = kernelFindings(machine(facts)).find(({ topic }) => topic === 'cgroups');
    t.match(finding, { level, what }, rule);
  }
});

void t.test('without a runtime there is a problem', async (t) => {
  t.same(levels(await runtimeFindings(machine({}))), { runtime: 'problem' });
  const found = await runtimeFindings(machine({ programs: { crun: 'crun version 1.8\n+SECCOMP', runc: undefined } }));
  t.match(found, [
    { level: 'good', what: '/usr/bin/crun, crun version 1.8' },
    { level: 'note', what: '/usr/bin/runc does not print its version' },
  ]);
});

void t.test('doctor warns of limits that many containers run into', async (t) => {
  const limits = (pages: string, instances: string) =>
    levels(
      limitFindings(
        machine({
          files: {
            '/proc/sys/fs/pipe-user-pages-soft': `${pages}\n`,
            '/proc/sys/fs/inotify/max_user_instances': `${instances}\n`,
          },
        }),
      ),
    );
  t.same(limits('16384', '1024'), { pipes: 'good', inotify: 'good' });
  t.same(limits('4096', '128'), { pipes: 'warning', inotify: 'warning' });
  t.same(limits('0', '200'), { pipes: 'good', inotify: 'good' });
});

void t.test('doctor names what an unprivileged user lacks', async (t) => {
  t.same(rootlessFindings(machine({ uid: 0 })), []);
  const bare = rootlessFindings(machine({ uid: 7, files: { '/proc/sys/user/max_user_namespaces': '0\n' } }));
  t.same(levels(bare), { namespaces: 'problem', ids: 'warning', directory: 'warning' });
  const whole = rootlessFindings(
    machine({
      uid: 7,
      env: { XDG_RUNTIME_DIR: '/run/user/7' },
      programs: { newuidmap: '', newgidmap: '' },
      files: { '/etc/subuid': 'jo:1:2\n', '/etc/subgid': '7:1:2\n', '/run/user/7': '' },
    }),
  );
  t.same(levels(whole), { namespaces: 'good', ids: 'good', directory: 'good' });
});

void t.test('a volatile journal is a warning', async (t) => {
  const [socket, kept] = ['/run/systemd/journal/socket', '/var/log/journal'];
  const level = (...paths: readonly string[]) =>
    levels(journalFindings(machine({ files: Object.fromEntries(paths.map((path) => [path, ''])) })))['journal'];
  t.equal(level(socket, kept), 'good');
  t.equal(level(socket), 'note');
  t.equal(level(), 'note');
});

void t.test('every finding that is not good has advice', async (t) => {
  const bad = machine({ uid: 7, kernel: '4.0', files: { '/proc/sys/fs/pipe-user-pages-soft': '1' } });
  const findings = [
    ...kernelFindings(bad),
    ...(await runtimeFindings(bad)),
    ...rootlessFindings(bad),
    ...limitFindings(bad),
  ];
  findings.push(...(await runtimeFindings(machine({ programs: { runc: undefined } }))), ...journalFindings(bad));
  for (const { level, advice, what } of findings) t.ok(level === 'good' || (advice ?? '') !== '', what);
});

void t.test('a container without a monitor is a problem, unless it has ended meanwhile', async (t) => {
  const [a, b, c] = ['a', 'b', 'c'].map((letter) => ({ id: letter.repeat(64), name: `name-${letter}` }));
  if (a === undefined || b === undefined || c === undefined) throw new Error('unreachable');
  const answers = [
    [a, b, c],
    [a, b],
  ];
  const found = await unmonitored(
    'podman',
    async () => answers.shift(),
    async () => new Set([a.id]),
    async () => new Set(),
  );
  t.match(found, [{ level: 'problem', what: 'container name-b (bbbbbbbbbbbb) has no monitor' }]);
  t.equal(found.length, 1);
  t.same(
    await unmonitored(
      'podman',
      async () => undefined,
      async () => new Set(),
      async () => new Set(),
    ),
    [],
  );
  const inCluster = await unmonitored(
    'cri-o',
    async () => [a],
    async () => new Set(),
    async () => new Set(),
  );
  t.match(inCluster, [{ topic: 'cri-o', advice: 'crictl stop aaaaaaaaaaaa' }]);
  const rescuable = await unmonitored(
    'podman',
    async () => [a],
    async () => new Set(),
    async () => new Set([a.id]),
  );
  t.same(rescuable, [], 'one that can have a monitor again is another finding');
});

void t.test('a container whose monitor was killed is a problem that rescue solves', async (t) => {
  const none = { pid: 1, start: 1 };
  const record = { path: '/x.rescue', cid: 'c'.repeat(64), name: 'web', monitor: none, container: none };
  t.match(await orphanFindings(async () => [record]), [
    { level: 'problem', what: /container web \(cccccccccccc\) was killed/, advice: 'conmonctl rescue cccccccccccc' },
  ]);
});

void t.test('containers are those that the manager lists on this machine', async (t) => {
  const answering = (programs: Readonly<Record<string, string | undefined>>): Machine => ({
    ...machine({ programs: { crictl: '' } }),
    output: async (_, [first = '']) => programs[first],
  });
  const ps = JSON.stringify([{ Id: 'x', Names: ['web'] }, { Id: 'y' }, { Names: ['z'] }, null]);
  t.same(await podmanContainers(answering({ info: 'false\n', ps }), '/usr/bin/podman'), [
    { id: 'x', name: 'web' },
    { id: 'y', name: 'y' },
  ]);
  t.equal(await podmanContainers(answering({ info: 'true\n', ps }), '/usr/bin/podman'), undefined, 'on another one');
  t.same(await podmanContainers(answering({ info: 'false', ps: '{' }), '/usr/bin/podman'), []);
  const pods = JSON.stringify({ containers: [{ id: 'x', metadata: { name: 'web' } }, { id: 'y' }, 7] });
  t.same(await crictlContainers(answering({ ps: pods })), [
    { id: 'x', name: 'web' },
    { id: 'y', name: 'y' },
  ]);
  t.equal(await crictlContainers(machine({})), undefined, 'without crictl');
});
