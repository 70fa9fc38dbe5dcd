/** Podman of an unprivileged user, with private storage, programs and configuration. */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Test } from 'tap';
import { type Result, command } from './command.js';
import { enterNamespace } from './namespace.js';
import { IMAGE } from './podman.js';
import { makeRootfs } from './rootfs.js';
import { killAllOf } from './scene.js';
import { CONMON } from './target.js';

const NOBODY = 65534;

export type Podman = (...args: readonly string[]) => Promise<Result>;

export interface Rootless {
  readonly dir: string;
  /** Calls podman with the monitor under test. */
  readonly podman: Podman;
  /** Calls any program as the user. */
  readonly call: (words: readonly string[], input?: Buffer) => Promise<Result>;
}

/** Puts everything in a directory of the user: programs, storage, configuration. */
export async function setUpRootless(t: Test, conmon = CONMON): Promise<Rootless> {
  const dir = realpathSync(mkdtempSync(`${tmpdir()}/conmon-rootless-`));
  const namespace = await enterNamespace();
  t.teardown(() => {
    killAllOf(dir);
    namespace.leave();
    rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
  for (const directory of ['home', 'run', 'cwd']) mkdirSync(`${dir}/${directory}`, { mode: 0o700 });
  mkdirSync(`${dir}/home/.config/containers`, { recursive: true });
  copyFileSync(conmon, `${dir}/conmon`);
  chmodSync(`${dir}/conmon`, 0o755);
  writeFileSync(`${dir}/home/.config/containers/containers.conf`, containersConf());
  writeFileSync(`${dir}/storage.conf`, storageConf(dir));
  await command(['chown', '-R', `${NOBODY}:${NOBODY}`, dir]);
  const variables = {
    PATH: process.env['PATH'] ?? '',
    HOME: `${dir}/home`,
    XDG_RUNTIME_DIR: `${dir}/run`,
    CONTAINERS_STORAGE_CONF: `${dir}/storage.conf`,
  };
  const user = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const call: Rootless['call'] = async (words, input) =>
    command([...namespace.prefix, `${dir}/cwd`, ...user, ...words], {
      env: variables,
      ...(input === undefined ? {} : { input }),
    });
  const podman = ['podman', '--runtime', 'crun', '--conmon', `${dir}/conmon`];
  makeRootfs(`${dir}/rootfs`);
  const tar = await command(['tar', '-C', `${dir}/rootfs`, '-c', '.']);
  const path = ['--change', 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin'];
  const imported = await call([...podman, 'import', ...path, '-', IMAGE], tar.stdout);
  if (imported.code !== 0) throw new Error(`podman import: ${imported.stderr}`);
  return { dir, podman: (...args) => call([...podman, ...args]), call };
}

function containersConf(): string {
  return `[containers]
netns = "none"
cgroups = "disabled"
log_driver = "k8s-file"
default_ulimits = ["nofile=20000:20000", "nproc=30000:30000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
`;
}

/** The user namespace has one user: files of others become theirs. */
function storageConf(dir: string): string {
  return `[storage]
driver = "vfs"
runroot = "${dir}/run/storage"
graphroot = "${dir}/home/storage"
[storage.options]
ignore_chown_errors = "true"
`;
}
