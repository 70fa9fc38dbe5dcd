/** Runs a command in a root file system, without a bundle. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { grantableCapabilities } from './capabilities.js';
import type { Container } from './container.js';
import { createFrom, started } from './create.js';
import { directoryAt } from './monitor-bundle.js';
import { newId } from './monitor-options.js';
import { defaultEnv, type OciMount, ociSpec } from './oci-spec.js';
import { caller, ROOT } from '../users.js';
import type { RunOptions } from './options.js';

/**
 * Creates a container from a root file system and a command, and starts it: {@link startContainer} without a bundle. It has
 * namespaces of its own, no new privileges, and the capabilities that Podman gives. Without root, the caller becomes root in it.
 *
 * @throws what {@link createContainer} throws
 */
export async function run(options: RunOptions): Promise<Container> {
  const { rootfs, args, env, cwd, user, mounts, hostname, network, readOnly, log, ...others } = options;
  const terminal = others.terminal === true;
  const cid = others.cid ?? newId();
  const uid = caller();
  const ids = user ?? { uid: ROOT, gid: ROOT };
  const config = ociSpec({
    id: cid,
    rootfs: await directoryAt(resolve(rootfs), 'root file system'),
    command: args,
    env: { ...defaultEnv('conmon-node', ids.uid), ...(terminal ? { TERM: 'xterm' } : {}), ...env },
    terminal,
    cwd: cwd ?? '/',
    user: ids,
    mounts: (mounts ?? []).map(mountOf),
    hostname: hostname ?? 'container',
    network: network ?? 'none',
    readOnly: readOnly === true,
    capabilities: grantableCapabilities(readFileSync('/proc/self/status', 'latin1')),
    rootless: uid === ROOT ? undefined : { uid, gid: process.getegid?.() ?? uid },
  });
  const logPath = log === undefined ? undefined : typeof log === 'string' ? [log] : log;
  return started(await createFrom({ kind: 'config', config }, { ...others, cid, logPath }, {}));
}

function mountOf(mount: NonNullable<RunOptions['mounts']>[number]): OciMount {
  const { destination, source, type = 'bind', options, readOnly } = mount;
  const access = readOnly === true ? ['ro'] : [];
  if (type !== 'bind') return { destination, source, type, options: [...(options ?? []), ...access] };
  const bind = options ?? ['rbind', ...(readOnly === true ? [] : ['rw'])];
  return { destination, source: resolve(source), type, options: [...bind, ...access] };
}
