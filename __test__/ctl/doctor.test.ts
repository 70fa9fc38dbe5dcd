import t from 'tap';
import type { Finding } from '../../ts/ctl/doctor/finding.js';
import { journalFindings } from '../../ts/ctl/doctor/journal.js';
import { kernelFindings } from '../../ts/ctl/doctor/kernel.js';
import { limitFindings } from '../../ts/ctl/doctor/limits.js';
import type { Machine } from '../../ts/ctl/doctor/machine.js';
import { rootlessFindings } from '../../ts/ctl/doctor/rootless.js';
import { runtimeFindings } from '../../ts/ctl/doctor/runtimes.js';

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
    ['5.8.18', 'problem'],
    ['4.19.0', 'problem'],
  ] as const) {
    t.equal(levels(kernelFindings(machine({ kernel, fileSystem: CGROUP2 })))['kernel'], level, kernel);
  }
});

void t.test('cgroups are told apart, and what is wrong with them', async (t) => {
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

void t.test('limits that many containers run into are warned of', async (t) => {
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

void t.test('a user without privileges is told what is missing', async (t) => {
  t.same(rootlessFindings(machine({ uid: 0 })), []);
  const bare = rootlessFindings(machine({ uid: 7, files: { '/proc/sys/user/max_user_namespaces': '0\n' } }));
  t.same(levels(bare), { namespaces: 'problem', ids: 'warning', folders: 'warning' });
  const whole = rootlessFindings(
    machine({
      uid: 7,
      env: { XDG_RUNTIME_DIR: '/run/user/7' },
      programs: { newuidmap: '', newgidmap: '' },
      files: { '/etc/subuid': 'jo:1:2\n', '/etc/subgid': '7:1:2\n', '/run/user/7': '' },
    }),
  );
  t.same(levels(whole), { namespaces: 'good', ids: 'good', folders: 'good' });
});

void t.test('a journal that forgets is told', async (t) => {
  const [socket, kept] = ['/run/systemd/journal/socket', '/var/log/journal'];
  const level = (...paths: readonly string[]) =>
    levels(journalFindings(machine({ files: Object.fromEntries(paths.map((path) => [path, ''])) })))['journal'];
  t.equal(level(socket, kept), 'good');
  t.equal(level(socket), 'note');
  t.equal(level(), 'note');
});

void t.test('every finding that is not good enough says what to do', async (t) => {
  const bad = machine({ uid: 7, kernel: '4.0', files: { '/proc/sys/fs/pipe-user-pages-soft': '1' } });
  const findings = [
    ...kernelFindings(bad),
    ...(await runtimeFindings(bad)),
    ...rootlessFindings(bad),
    ...limitFindings(bad),
  ];
  for (const { level, advice, what } of findings) {
    if (level === 'warning' || level === 'problem') t.ok((advice ?? '') !== '', what);
  }
});
