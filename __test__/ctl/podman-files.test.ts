/** The order in which Podman reads its configuration, by containers.conf(5) and containers-config(5). */
import { dirname } from 'node:path';
import t from 'tap';
import { podmanFiles, type Places } from '../../ts/ctl/setup/podman-files.js';

const USER = '/home/jo/.config/containers';
const FILES = [
  '/usr/share/containers/containers.conf',
  '/usr/share/containers/containers.conf.d/00-vendor.conf',
  '/usr/share/containers/containers.conf.d/99-conf.conf',
  '/usr/share/containers/containers.rootful.conf.d/30-root.conf',
  '/etc/containers/containers.conf',
  '/etc/containers/containers.conf.d/50-mine.conf',
  '/etc/containers/containers.rootless.conf.d/40-all.conf',
  '/etc/containers/containers.rootless.conf.d/7/45-jo.conf',
  '/etc/containers/containers.rootless.conf.d/8/46-other.conf',
  `${USER}/containers.conf`,
  `${USER}/containers.conf.d/10-own.conf`,
  `${USER}/containers.conf.d/50-mine.conf`,
];

function places(files: readonly string[]): Places {
  return {
    exists: (path) => files.includes(path),
    dropIns: (directory) => files.filter((path) => dirname(path) === directory).toSorted(),
  };
}

const HOME = { HOME: '/home/jo' };

for (const [rule, major, uid, env, expected] of [
  [
    'up to version 5, root: all main files, and the drop-ins of /etc',
    5,
    0,
    HOME,
    [
      '/usr/share/containers/containers.conf',
      '/etc/containers/containers.conf',
      '/etc/containers/containers.conf.d/50-mine.conf',
    ],
  ],
  [
    'up to version 5, a user: those of the user as well',
    4,
    7,
    HOME,
    [
      '/usr/share/containers/containers.conf',
      '/etc/containers/containers.conf',
      '/etc/containers/containers.conf.d/50-mine.conf',
      `${USER}/containers.conf`,
      `${USER}/containers.conf.d/10-own.conf`,
      `${USER}/containers.conf.d/50-mine.conf`,
    ],
  ],
  [
    'version 6, a user: one main file, and all drop-ins by name',
    6,
    7,
    HOME,
    [
      `${USER}/containers.conf`,
      '/usr/share/containers/containers.conf.d/00-vendor.conf',
      `${USER}/containers.conf.d/10-own.conf`,
      '/etc/containers/containers.rootless.conf.d/40-all.conf',
      '/etc/containers/containers.rootless.conf.d/7/45-jo.conf',
      `${USER}/containers.conf.d/50-mine.conf`,
      '/usr/share/containers/containers.conf.d/99-conf.conf',
    ],
  ],
  [
    'version 6, root with another home: the directories for root',
    6,
    0,
    { HOME: '/root' },
    [
      '/etc/containers/containers.conf',
      '/usr/share/containers/containers.conf.d/00-vendor.conf',
      '/usr/share/containers/containers.rootful.conf.d/30-root.conf',
      '/etc/containers/containers.conf.d/50-mine.conf',
      '/usr/share/containers/containers.conf.d/99-conf.conf',
    ],
  ],
  ['CONTAINERS_CONF replaces all', 6, 7, { ...HOME, CONTAINERS_CONF: '/x' }, ['/x']],
  [
    'CONTAINERS_CONF_OVERRIDE comes last',
    undefined,
    0,
    { CONTAINERS_CONF_OVERRIDE: '/y' },
    [
      '/usr/share/containers/containers.conf',
      '/etc/containers/containers.conf',
      '/etc/containers/containers.conf.d/50-mine.conf',
      '/y',
    ],
  ],
  [
    'XDG_CONFIG_HOME goes before HOME',
    6,
    7,
    { ...HOME, XDG_CONFIG_HOME: '/nowhere' },
    '/etc/containers/containers.conf',
  ],
] as const) {
  void t.test(rule, async (t) => {
    const found = podmanFiles({ env, uid, major }, places(FILES));
    if (typeof expected === 'string') t.equal(found[0], expected);
    else t.same(found, expected);
  });
}
