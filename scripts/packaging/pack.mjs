/**
 * Makes the npm packages from what is built.
 * @module
 */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { build } from '../build.mjs';
import { hostTarget } from '../build-rust.mjs';
import { PLATFORMS, platformOf } from '../platforms.mjs';
import { Problem } from '../problem.mjs';
import { at } from '../project.mjs';
import { run } from '../run.mjs';
import { bringUpToDate } from '../stage.mjs';
import { bill } from './bill.mjs';
import { checksums } from './checksums.mjs';
import { mainContents, platformContents } from './contents.mjs';
import { layOut } from './layout.mjs';
import { mainManifest, platformManifest } from './manifests.mjs';
import { notices } from './notices.mjs';
import { withProgress } from './progress.mjs';

/** @import { Contents } from './contents.mjs' */
/** @import { Manifest } from './manifests.mjs' */

/** What the packages are made of, besides what is native. */
const INPUTS = [
  'bin',
  'dist/conmon-node.js',
  'dist/conmonctl.js',
  'dist/index.js',
  'docs',
  'man',
  'completions',
  'scripts',
  'ts',
];
const PAGES = [
  'README.md',
  'LICENSE',
  'package.json',
  'package-lock.json',
  'Cargo.lock',
  'tsconfig.json',
  'tsconfig.types.json',
];

/**
 * @typedef {object} Options
 * @property {string | undefined} target only the package of that platform
 * @property {string | undefined} output where to, else into `dist`
 * @property {boolean} asBuilt an executable whose version names an older commit will do
 */

/**
 * Writes the packages. In `dist`, those that are there and up to date are left alone.
 * @param {Options} options
 * @returns {Promise<readonly string[]>} absolute paths of what was written
 */
export async function pack({ target, output, asBuilt }) {
  const usual = at('dist', target === undefined ? 'npm' : `npm-${target}`);
  const folder = output === undefined ? usual : resolve(output);
  await withProgress(async (now) => {
    const announce = (/** @type {string} */ stage) => now(`building ${stage}`);
    const { native } = await build({ target, exactCommit: !asBuilt, announce });
    now('packing');
    const write = () => writeAll(folder, native, target);
    await (folder === usual ? bringUpToDate(await stage(usual, native, write), at('dist', '.stamps')) : write());
  });
  return (await readdir(folder)).toSorted().map((name) => join(folder, name));
}

/**
 * @param {string} folder
 * @param {string} native
 * @param {() => Promise<void>} write
 */
async function stage(folder, native, write) {
  const { stdout } = await run('npm', ['--version']);
  return {
    name: `packages in ${basename(folder)}`,
    inputs: [...[...INPUTS, ...PAGES].map((path) => at(path)), native],
    outputs: [join(folder, 'SHA256SUMS')],
    salt: `${stdout} ${process.version}`,
    build: write,
  };
}

/**
 * @param {string} output the folder that is replaced, all at once
 * @param {string} native
 * @param {string | undefined} target
 */
async function writeAll(output, native, target) {
  /** @type {Manifest} */
  const project = JSON.parse(await readFile(at('package.json'), 'utf8'));
  const written = `${output}.${process.pid}.tmp`;
  await mkdir(written, { recursive: true });
  try {
    const platform = platformOf(target ?? (await hostTarget()));
    const contents = await platformContents(platform, native);
    await writePackage(written, contents, platformManifest(project, platform, Object.keys(contents.files)));
    if (target === undefined) {
      const main = await mainContents(project);
      await writePackage(written, main, mainManifest(project, PLATFORMS, Object.keys(main.files)));
    }
    await writeFile(join(written, 'SHA256SUMS'), await checksums(written, await readdir(written)));
    await rm(output, { recursive: true, force: true });
    await rename(written, output);
  } finally {
    await rm(written, { recursive: true, force: true });
  }
}

/**
 * @param {string} output
 * @param {Contents} contents
 * @param {Manifest} manifest
 */
async function writePackage(output, { files, parts }, manifest) {
  const folder = await mkdtemp(join(tmpdir(), 'conmon-pack-'));
  const { name, version } = manifest;
  try {
    await layOut(folder, {
      ...files,
      'package.json': { text: `${JSON.stringify(manifest, null, 2)}\n` },
      'THIRD-PARTY-NOTICES': { text: notices(`${name} ${version}`, parts) },
    });
    const args = ['pack', '--pack-destination', output, '--ignore-scripts', '--json'];
    const { status, stdout, stderr } = await run('npm', args, { cwd: folder });
    if (status !== 0)
      throw new Problem(`npm ${args.join(' ')}\nfailed with status ${status}; it printed:\n${stdout}${stderr}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const subject = { name, version, purl: `pkg:npm/${name}@${version}`, license: String(manifest.license) };
  await writeFile(join(output, `${name}-${version}.cdx.json`), bill(subject, parts));
}
