/**
 * Finds what is native: in a checkout what its build made, else what the platform's own package brought, which npm
 * installs beside this one because it is one of its `optionalDependencies`.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import PLATFORMS from '../platforms.json' with { type: 'json' };
import { packageDirectory } from './package-directory.js';
import { type Missing, whyMissing } from './why-missing.js';

/** The native files there are. */
export type NativeFile = 'conmon' | 'conmon.node' | 'miniruntime';

/** An absolute path, or why the file was not found. */
export type Found = { readonly path: string } | { readonly missing: Missing };

/** Looks for a native file of this package. */
export function findNative(name: NativeFile): Found {
  const directory = packageDirectory();
  const built = join(directory, 'dist', 'native', name);
  if (existsSync(built)) return { path: built };
  const find = finder(directory);
  const platform = PLATFORMS.find(({ os, cpu }) => os === process.platform && cpu === process.arch);
  const mine = platform?.package;
  const path = mine === undefined ? undefined : find(`${mine}/${name}`);
  if (path !== undefined) return { path };
  const brought = mine !== undefined && find(`${mine}/package.json`) !== undefined;
  const others = PLATFORMS.map((each) => each.package).filter((each) => each !== mine);
  return {
    missing: whyMissing({
      file: name,
      directory,
      built: existsSync(join(directory, 'Cargo.toml')) ? built : undefined,
      platform: `${process.platform}-${process.arch}`,
      package: platform?.released || brought ? mine : undefined,
      brought,
      others: others.filter((each) => find(`${each}/package.json`) !== undefined),
      pnp: process.versions['pnp'] !== undefined,
      musl: usesMusl(),
    }),
  };
}

/** `require.resolve` from a module of this package: it works with the layout of every package manager. */
function finder(directory: string): (specifier: string) => string | undefined {
  const { resolve } = createRequire(join(directory, 'package.json'));
  return (specifier) => {
    try {
      return resolve(specifier);
    } catch {
      return undefined;
    }
  };
}

/** Whether this Node uses musl: with glibc it reports the version. */
export function usesMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const report: unknown = process.report?.getReport();
  const header: unknown = typeof report === 'object' && report !== null ? Reflect.get(report, 'header') : undefined;
  if (typeof header !== 'object' || header === null) return false;
  return typeof Reflect.get(header, 'glibcVersionRuntime') !== 'string';
}
