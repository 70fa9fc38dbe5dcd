/** Finds the log of a container that no monitor here has, where its manager keeps it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LogSource } from '../../../node/logs/source.js';
import { caller, ROOT } from '../../../node/users.js';
import { identity, matching, onlyOne } from '../../monitors/matching.js';
import { homes } from '../../passwd.js';
import { linkedLogs, podLogOf } from './pod-logs.js';
import { type Store, type StoredContainer, storedContainers } from './storage.js';
import { storesOf } from './stores.js';

/** Where to look. */
export interface ManagerPlaces {
  readonly stores: readonly Store[];
  /** Prefix of `/var/log`. */
  readonly root: string;
  readonly uid: number;
}

/** Those of this machine, for this process. */
export function ownPlaces(): ManagerPlaces {
  const uid = caller();
  return { stores: storesOf({ uid, env: process.env, homes: homes() }), root: '/', uid };
}

/** For the reader: where logs of ended containers are looked for, and how to find others. */
export function adviceAbout({ stores, root }: ManagerPlaces): string {
  const [own] = stores;
  const places = `${own?.graphroot ?? ''} and ${join(root, 'var/log/pods')}`;
  return (
    `Ended containers are looked for in ${places}.\n` +
    'Other paths: HostConfig.LogConfig.Path in podman inspect, logPath in crictl inspect: conmonctl logs PATH.'
  );
}

/** Undefined when no manager has such a container. Throws a {@link CtlError} if there are several. */
export function endedContainer(word: string, { stores, root, uid }: ManagerPlaces): LogSource | undefined {
  for (const store of stores) {
    const container = onlyEnded(
      word,
      matching(word, storedContainers(store), (each) => each),
    );
    if (container !== undefined) return sourceOf(container, root, uid);
  }
  const log = onlyEnded(
    word,
    matching(word, linkedLogs(root), ({ id }) => identity(id, undefined)),
  );
  return log && { kind: 'file', path: log.path, owner: uid === ROOT ? undefined : ROOT };
}

/** Its log file; a container without one may have written to the journal. */
function sourceOf(container: StoredContainer, root: string, user: number): LogSource {
  const owner = container.uid === user || container.uid === ROOT ? undefined : container.uid;
  const paths = [join(container.userdata, 'ctr.log'), podLogOf(container, root)];
  const path = paths.find((each) => each !== undefined && existsSync(each));
  if (path !== undefined) return { kind: 'file', path, owner };
  return { kind: 'journald', cid: container.id, uids: [...new Set([ROOT, user, container.uid])] };
}

function onlyEnded<T extends { readonly id: string }>(word: string, found: readonly T[]): T | undefined {
  return onlyOne(word, found, ({ id }) => id, { what: 'ended containers' });
}
