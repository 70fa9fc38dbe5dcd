/**
 * Finds what is native: in a checkout what its build made, else what the platform's own package brought, which npm
 * installs beside this one because it is one of its `optionalDependencies`.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { attempt } from '../attempt.js';
import PLATFORMS from '../platforms.json' with { type: 'json' };
import { packageDirectory } from './package-directory.js';
import { usesMusl } from './uses-musl.js';
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
  const fitting = PLATFORMS.filter(({ os, cpu }) => os === process.platform && cpu === process.arch);
  const paths = fitting.map((each) => ({ libc: each.libc, path: find(`${each.package}/${name}`) }));
  const path = choose(paths, name === 'conmon.node');
  if (path !== undefined) return { path };
  const platform = fitting.find(({ libc }) => libc === ownLibc());
  const mine = platform?.package;
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
    }),
  };
}

/**
 * The path of the package for this C library. Executables are static, so that any is as good; and that of the only package is
 * taken without asking for the C library, which takes milliseconds: an addon that does not fit fails when it is loaded.
 */
function choose(
  paths: readonly { readonly libc: string; readonly path: string | undefined }[],
  depends: boolean,
): string | undefined {
  const [first, ...rest] = paths.flatMap(({ libc, path }) => (path === undefined ? [] : [{ libc, path }]));
  if (!depends || rest.length === 0) return first?.path;
  return [first, ...rest].find((each) => each?.libc === ownLibc())?.path;
}

const ownLibc = (): string => (usesMusl() ? 'musl' : 'glibc');

/** `require.resolve` from a module of this package: it works with the layout of every package manager. */
function finder(directory: string): (specifier: string) => string | undefined {
  const { resolve } = createRequire(join(directory, 'package.json'));
  return (specifier) => attempt(() => resolve(specifier));
}
