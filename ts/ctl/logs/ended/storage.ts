/**
 * The containers that Podman and CRI-O keep on disk, running or not, from the metadata of containers-storage.conf(5).
 */
import { join } from 'node:path';
import { attempt, namesIn } from '../../../node/attempt.js';
import { readRegular } from '../../../node/foreign/read-regular.js';

/** Where a user's containers are, and whose files are read there. */
export interface Store {
  readonly graphroot: string;
  readonly uid: number;
}

/** A container in a store. */
export interface StoredContainer {
  readonly id: string;
  readonly names: readonly string[];
  /** The directory that Podman keeps its files in. */
  readonly userdata: string;
  readonly uid: number;
}

/** Larger than any list: the whole file is read into memory. */
const LARGEST = 64 << 20;
const ID = /^[0-9a-f]{64}$/;
/** One directory for each storage driver: `overlay-containers`. */
const OF_DRIVER = '-containers';

/** All of a store; none if the store does not exist or may not be read. */
export function storedContainers({ graphroot, uid }: Store): readonly StoredContainer[] {
  const drivers = namesIn(graphroot).filter((name) => name.endsWith(OF_DRIVER));
  return drivers.flatMap((driver) => {
    const directory = join(graphroot, driver);
    const list = readRegular(join(directory, 'containers.json'), LARGEST, uid);
    return entriesIn(list?.bytes.toString('utf8') ?? '').flatMap((entry) => containerOf(entry, directory, uid));
  });
}

function entriesIn(text: string): readonly unknown[] {
  const list: unknown = attempt(() => JSON.parse(text));
  return Array.isArray(list) ? list : [];
}

function containerOf(entry: unknown, directory: string, uid: number): readonly StoredContainer[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const { id, names }: { id?: unknown; names?: unknown } = entry;
  if (typeof id !== 'string' || !ID.test(id)) return [];
  const texts = Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  return [{ id, names: texts, userdata: join(directory, id, 'userdata'), uid }];
}
