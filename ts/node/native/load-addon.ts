/** Loads the addon: what Node cannot do itself. */
import type * as Exports from '../addon.js';
import { InstallationError } from './installation-error.js';
import { findNative } from './native-file.js';
import { usesMusl } from './uses-musl.js';

/** What the addon offers. */
export type Addon = typeof Exports;

let loaded: Addon | undefined;

/**
 * The addon, loaded when first asked for.
 *
 * @throws {@link InstallationError}
 */
export function addon(): Addon {
  return (loaded ??= load(path()));
}

function path(): string {
  const found = findNative('conmon.node');
  if ('path' in found) return found.path;
  const { what, advice } = found.missing;
  throw notLoaded(`${what}: ${advice}`);
}

function notLoaded(message: string, options?: ErrorOptions): InstallationError {
  return new InstallationError('ERR_CONMON_ADDON_NOT_LOADED', message, options);
}

function load(path: string): Addon {
  const module: { readonly exports: unknown } = { exports: {} };
  try {
    process.dlopen(module, path);
  } catch (cause) {
    throw notLoaded(`cannot load the addon ${path}: ${whyNotLoaded(path)}`, { cause });
  }
  if (isAddon(module.exports)) return module.exports;
  throw notLoaded(`the addon ${path} is of another version: build or install it again`);
}

function whyNotLoaded(path: string): string {
  const again = 'build or install it again';
  const [, isFor] = /-(gnu|musl)\/conmon\.node$/.exec(path) ?? [];
  const own = usesMusl() ? 'musl' : 'gnu';
  if (isFor === undefined || isFor === own) return again;
  const name = (libc: string): string => (libc === 'gnu' ? 'glibc' : libc);
  return `it needs ${name(isFor)}, and this Node uses ${name(own)}; ${again}`;
}

function isAddon(exports: unknown): exports is Addon {
  if (typeof exports !== 'object' || exports === null) return false;
  return ['replaceProcess', 'refuse', 'monitor', 'readForeignFiles', 'watchStdout', 'AttachClient'].every(
    (name) => typeof Reflect.get(exports, name) === 'function',
  );
}
