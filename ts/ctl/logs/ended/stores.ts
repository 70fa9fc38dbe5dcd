/** Where containers are stored: containers-storage.conf(5), and its defaults. */
import { join } from 'node:path';
import { ROOT } from '../../../node/users.js';
import { readToml } from '../../setup/toml-file.js';
import type { Store } from './storage.js';

const SYSTEM_STORE = '/var/lib/containers/storage';
const SYSTEM_RUN = '/run/containers/storage';
/** The later one takes precedence. */
const SYSTEM_FILES = ['/usr/share/containers/storage.conf', '/etc/containers/storage.conf'] as const;

/** What the places depend on. */
export interface StoreContext {
  readonly uid: number;
  readonly env: NodeJS.ProcessEnv;
  /** Home directories of users who are not root, by uid. */
  readonly homes: ReadonlyMap<number, string>;
}

/** The caller's own store first; root sees those of other users as well. */
export function storesOf({ uid, env, homes }: StoreContext): readonly Store[] {
  const named = env['CONTAINERS_STORAGE_CONF'];
  if (uid === ROOT) {
    const own = settingIn(named === undefined ? SYSTEM_FILES : [named], 'graphroot') ?? SYSTEM_STORE;
    const others = [...homes].map(([user, home]) => ({ graphroot: rootlessStore(home, user, {}), uid: user }));
    return [{ graphroot: own, uid }, ...others];
  }
  const home = env['HOME'] ?? homes.get(uid) ?? '/';
  const given = named === undefined ? undefined : settingIn([named], 'graphroot');
  return [
    { graphroot: given ?? rootlessStore(home, uid, env), uid },
    { graphroot: settingIn(SYSTEM_FILES, 'graphroot') ?? SYSTEM_STORE, uid: ROOT },
  ];
}

/** Where a user's managers keep files that do not survive a reboot. */
export function runRootOf(uid: number, env: NodeJS.ProcessEnv): string {
  const named = env['CONTAINERS_STORAGE_CONF'];
  // In the user namespace of rootless Podman the user is root.
  const isRootless = env['_CONTAINERS_ROOTLESS_UID'] !== undefined;
  if (uid === ROOT && !isRootless)
    return settingIn(named === undefined ? SYSTEM_FILES : [named], 'runroot') ?? SYSTEM_RUN;
  const config = env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? '/', '.config');
  const own = settingIn([named ?? join(config, 'containers/storage.conf')], 'runroot');
  return own ?? join(env['XDG_RUNTIME_DIR'] ?? `/run/user/${uid}`, 'containers');
}

/** A user's own setting, else the system's for all users, else the default. */
function rootlessStore(home: string, uid: number, env: NodeJS.ProcessEnv): string {
  const config = env['XDG_CONFIG_HOME'] ?? join(home, '.config');
  const own = settingIn([join(config, 'containers/storage.conf')], 'graphroot');
  const forAll = settingIn(SYSTEM_FILES, 'rootless_storage_path');
  const expanded = forAll?.replaceAll('$HOME', home).replaceAll('$UID', String(uid));
  return own ?? expanded ?? join(env['XDG_DATA_HOME'] ?? join(home, '.local/share'), 'containers/storage');
}

function settingIn(paths: readonly string[], name: string): string | undefined {
  return readToml(paths).reduce<string | undefined>((before, { settings: { storage } }) => {
    const found: unknown = typeof storage === 'object' ? Reflect.get(storage, name) : undefined;
    return typeof found === 'string' && found !== '' ? found : before;
  }, undefined);
}
