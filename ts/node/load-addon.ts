/** Loads the addon: what Node cannot do itself. */
import { join } from 'node:path';
import type * as Exports from './addon.js';
import { packageFolder } from './package-folder.js';

/** What the addon offers. */
export type Addon = typeof Exports;

/** The addon is missing, or cannot be loaded into this Node. The cause says why. */
export class AddonNotLoaded extends Error {
  override readonly name = 'AddonNotLoaded';
}

let loaded: Addon | undefined;

/**
 * The addon, loaded when first asked for.
 *
 * @throws {@link AddonNotLoaded}
 */
export function addon(): Addon {
  return (loaded ??= load(join(packageFolder(), 'dist', 'native', 'conmon.node')));
}

function load(path: string): Addon {
  const module: { readonly exports: unknown } = { exports: {} };
  try {
    process.dlopen(module, path);
  } catch (cause) {
    throw new AddonNotLoaded(`cannot load the addon ${path}: make it with \`npm run build\``, { cause });
  }
  if (isAddon(module.exports)) return module.exports;
  throw new AddonNotLoaded(`the addon ${path} is of another version: make it again with \`npm run build\``);
}

function isAddon(exports: unknown): exports is Addon {
  if (typeof exports !== 'object' || exports === null) return false;
  return ['takeOver', 'refuse', 'monitor', 'AttachClient'].every(
    (name) => typeof Reflect.get(exports, name) === 'function',
  );
}
