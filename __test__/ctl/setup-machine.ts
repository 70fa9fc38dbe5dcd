/** A machine for `conmonctl setup` and `doctor`: its /etc, /run and container storage are the test's own. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Test } from 'tap';
import { command, type Result } from '../support/command.js';
import { enterNamespace } from '../support/namespace.js';
import { ROOT } from '../support/target.js';

/** The monitor of this package. */
export const OURS = `${ROOT}dist/native/conmon`;
export const PODMAN_FILE = '/etc/containers/containers.conf.d/50-conmon-node.conf';
export const CRIO_FILE = '/etc/crio/crio.conf.d/50-conmon-node.conf';

export interface Machine {
  /** Where this machine's /etc is on the real one. */
  readonly etc: string;
  readonly dir: string;
  call(words: readonly string[], env?: NodeJS.ProcessEnv): Promise<Result>;
}

export async function machine(t: Test): Promise<Machine> {
  const dir = realpathSync(mkdtempSync(`${tmpdir()}/conmon-setup-`));
  const etc = `${dir}/etc`;
  mkdirSync(etc);
  const namespace = await enterNamespace(
    `cp -a /etc/. ${etc} && rm -rf ${etc}/containers/containers.conf* ${etc}/crio`,
    `mount --bind ${etc} /etc`,
    'mount -t tmpfs none /run',
  );
  t.teardown(() => {
    namespace.leave();
    rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
  writeFileSync(
    `${dir}/storage.conf`,
    `[storage]\ndriver = "vfs"\nrunroot = "${dir}/run"\ngraphroot = "${dir}/graph"\n`,
  );
  const variables = { ...process.env, CONTAINERS_STORAGE_CONF: `${dir}/storage.conf`, CONTAINERS_CONF: undefined };
  const call: Machine['call'] = (words, env) =>
    command([...namespace.prefix, dir, ...words], { env: { ...variables, ...env } });
  return { etc, dir, call };
}
