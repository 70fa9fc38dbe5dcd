/**
 * Where kubelet has CRI-O write the logs of pods: `/var/log/pods/NAMESPACE_POD_UID/CONTAINER/ATTEMPT.log`, with links
 * `/var/log/containers/POD_NAMESPACE_CONTAINER-ID.log` to them.
 */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, namesIn } from '../../../node/attempt.js';
import type { StoredContainer } from './storage.js';

const PODS = 'var/log/pods';
const LINKS = 'var/log/containers';
/** The name that CRI-O gives a container. No part has an underscore: they are DNS labels and a uid. */
const OF_POD = /^k8s_([^_/]+)_([^_/]+)_([^_/]+)_([^_/]+)_(\d+)$/;
const LINK = /-([0-9a-f]{64})\.log$/;

/** The log of a container with a name that CRI-O has given it. */
export function podLogOf({ names }: Pick<StoredContainer, 'names'>, root: string): string | undefined {
  for (const name of names) {
    const [, container, pod, namespace, uid, attempt] = OF_POD.exec(name) ?? [];
    if (attempt !== undefined) return join(root, PODS, `${namespace}_${pod}_${uid}`, `${container}`, `${attempt}.log`);
  }
  return undefined;
}

/** A container that is gone from the storage, but not its log. */
export interface LinkedLog {
  readonly id: string;
  readonly path: string;
}

/** Those that are linked by id. */
export function linkedLogs(root: string): readonly LinkedLog[] {
  return namesIn(join(root, LINKS)).flatMap((name) => {
    const id = LINK.exec(name)?.[1];
    const path = id === undefined ? undefined : attempt(() => realpathSync(join(root, LINKS, name)));
    return id === undefined || path === undefined ? [] : [{ id, path }];
  });
}
