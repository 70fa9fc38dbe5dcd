/**
 * The directory that the monitor gets as its bundle. A monitor creates its attach socket and FIFOs in the bundle, so each container
 * has a directory of its own: several can be made from one bundle, and nothing is written to that. It has a config.json whose
 * relative paths have become absolute, and links to what else is in the bundle, which hooks may look for.
 */
import { mkdir, readdir, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { ATTACH_SOCKET, CTL_FIFO, OOM_FILE, WINSZ_FIFO } from '../../planner/bundle-files.js';
import { BundleError } from '../errors.js';
import { readText } from '../foreign/read-text.js';
import { reasonOf } from '../reason.js';
import { integersFromJson, integersToJson } from './json-integers.js';

/** The file that makes a directory a bundle: config.md of the OCI runtime specification. */
export const CONFIG = 'config.json';

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What a container is made from: a bundle, or a config.json that is yet to be written, with absolute paths. */
export type BundleSource =
  { readonly kind: 'bundle'; readonly path: string } | { readonly kind: 'config'; readonly config: JsonObject };

/** A source that has been read. */
export interface ReadBundle {
  readonly config: JsonObject;
  /** The directory of a bundle, without symbolic links in its path. */
  readonly path: string | undefined;
}

/** What a monitor creates, or an earlier one has left. */
const MONITOR_FILES: readonly string[] = [CONFIG, ATTACH_SOCKET, CTL_FIFO, WINSZ_FIFO, OOM_FILE];

/** @throws {@link BundleError} */
export async function readBundle(source: BundleSource): Promise<ReadBundle> {
  if (source.kind === 'config') return { config: source.config, path: undefined };
  const path = await directoryAt(resolve(source.path), 'bundle');
  return { config: configOf(path), path };
}

/**
 * The real path of a directory.
 *
 * @param what its purpose, for the message
 * @throws {@link BundleError}
 */
export async function directoryAt(path: string, what: string): Promise<string> {
  try {
    const real = await realpath(path);
    if ((await stat(real)).isDirectory()) return real;
  } catch (cause) {
    throw new BundleError(`cannot use the ${what} ${path}: ${reasonOf(cause)}`, { cause });
  }
  throw new BundleError(`cannot use the ${what} ${path}: not a directory`);
}

/**
 * The config.json of a bundle.
 *
 * @throws {@link BundleError}
 */
export function configOf(bundle: string): JsonObject {
  const path = join(bundle, CONFIG);
  let config: unknown;
  try {
    config = integersFromJson(readText(path));
  } catch (cause) {
    throw new BundleError(`cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
  if (isObject(config)) return config;
  throw new BundleError(`cannot read ${path}: it is not a JSON object`);
}

/** `process.terminal` of a config.json. */
export function wantsTerminal({ process }: JsonObject): boolean {
  return isObject(process) && process['terminal'] === true;
}

/** Creates the directory; its parent must exist. */
export async function writeMonitorBundle(
  directory: string,
  { config, path }: ReadBundle,
  terminal: boolean,
): Promise<void> {
  await mkdir(directory, { mode: 0o700 });
  const placed = path === undefined ? config : withAbsolutePaths(config, path);
  const process = isObject(placed['process']) ? { process: { ...placed['process'], terminal } } : {};
  await writeFile(join(directory, CONFIG), `${integersToJson({ ...placed, ...process })}\n`, { mode: 0o600 });
  if (path === undefined) return;
  const others = (await readdir(path)).filter((name) => !MONITOR_FILES.includes(name));
  await Promise.all(others.map((name) => symlink(join(path, name), join(directory, name))));
}

/** Relative to the bundle are the root file system and the sources of bind mounts. */
function withAbsolutePaths(config: JsonObject, bundle: string): JsonObject {
  const { root, mounts } = config;
  const absolute = (path: unknown): unknown =>
    typeof path === 'string' && !isAbsolute(path) ? join(bundle, path) : path;
  return {
    ...config,
    ...(isObject(root) ? { root: { ...root, path: absolute(root['path']) } } : {}),
    ...(Array.isArray(mounts)
      ? { mounts: mounts.map((mount) => (isBind(mount) ? { ...mount, source: absolute(mount['source']) } : mount)) }
      : {}),
  };
}

function isBind(mount: unknown): mount is JsonObject {
  if (!isObject(mount)) return false;
  const { type, options } = mount;
  return type === 'bind' || (Array.isArray(options) && (options.includes('bind') || options.includes('rbind')));
}

/** Whether this is an object of JSON, not a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
