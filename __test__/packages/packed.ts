/** The output of `npm run pack` and `npm run release`, which `npm test` runs before these tests. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Test } from 'tap';
import PLATFORMS from '../../ts/node/platforms.json' with { type: 'json' };
import { ROOT } from '../support/target.js';

/** What a test may read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly files: readonly string[];
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly private?: boolean;
}

export interface Tarball {
  readonly path: string;
  readonly manifest: Manifest;
  /** What is in it, relative to the package. */
  readonly files: readonly string[];
}

export interface Packed {
  readonly directory: string;
  readonly main: Tarball;
  readonly platform: Tarball;
}

/** The command line that makes them. */
export function maker(command: 'pack' | 'release' | 'packages', ...args: readonly string[]): readonly string[] {
  return [`${ROOT}scripts/packaging/${command}.mjs`, '--as-built', ...args];
}

/** Absolute paths of the files that a command has made. */
export function made(command: 'pack' | 'release'): readonly string[] {
  const directory = `${ROOT}dist/${command === 'pack' ? 'npm' : 'release'}`;
  if (!existsSync(directory)) throw new Error(`${directory} is not there: npm run ${command} -- --as-built`);
  return readdirSync(directory).map((name) => join(directory, name));
}

/** The npm packages. */
export function packed(): Packed {
  const paths = made('pack');
  const tarballs = paths.filter((path) => path.endsWith('.tgz'));
  const main = tarballs.find((path) => /^conmon-node-\d/.test(basename(path)));
  const own = PLATFORMS.find(({ os, cpu }) => os === process.platform && cpu === process.arch);
  const platform = tarballs.find((path) => basename(path).startsWith(`${own?.package}-`));
  if (main === undefined || platform === undefined) throw new Error(`a package is missing: ${paths.join(', ')}`);
  return { directory: join(main, '..'), main: tarball(main), platform: tarball(platform) };
}

/** Reads a package. */
export function tarball(path: string): Tarball {
  const tar = (...args: readonly string[]) => execFileSync('tar', args, { encoding: 'utf8' });
  const manifest: Manifest = JSON.parse(tar('-xzOf', path, 'package/package.json'));
  const files = tar('-tzf', path).trimEnd().split('\n');
  return { path, manifest, files: files.map((file) => file.slice('package/'.length)) };
}

/** An empty directory, removed with the test. */
export function emptyDirectory(t: Test): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'conmon-packages-')));
  t.teardown(() => rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return directory;
}

/** An environment in which nothing leads to this checkout, and a package manager finds no settings but those given. */
export function strangersEnvironment(home: string, extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const directories = (process.env['PATH'] ?? '').split(':').filter((directory) => !`${directory}/`.startsWith(ROOT));
  const path = directories.filter((directory) => !directory.includes('node_modules/.bin')).join(':');
  return { PATH: path, HOME: home, LANG: 'C.UTF-8', CI: 'true', ...extra };
}
