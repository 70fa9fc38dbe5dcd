/**
 * Makes the npm packages from what is built.
 * @module
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PLATFORMS, platformOf } from '../platforms.mjs';
import { Problem } from '../problem.mjs';
import { at } from '../project.mjs';
import { run } from '../run.mjs';
import { bill } from './bill.mjs';
import { LEGAL, mainContents, platformContents } from './contents.mjs';
import { layOut } from './layout.mjs';
import { mainManifest, platformManifest } from './manifests.mjs';
import { notices } from './notices.mjs';
import { produce } from './produce.mjs';

/** @import { Contents } from './contents.mjs' */
/** @import { Manifest } from './manifests.mjs' */
/** @import { Options } from './produce.mjs' */

const PAGES = ['README.md', ...LEGAL, 'package.json'];
const LOCKS = ['package-lock.json', 'Cargo.lock', 'tsconfig.json', 'tsconfig.types.json'];

/**
 * Writes both packages; with a target, only that of the platform.
 * @param {Options} options
 */
export async function pack(options) {
  /** @type {Manifest} */
  const project = JSON.parse(await readFile(at('package.json'), 'utf8'));
  const { stdout: npm } = await run('npm', ['--version']);
  // The types are made from the sources.
  const files = project.files.filter((path) => path !== 'dist/types');
  return produce(
    {
      name: 'npm',
      doing: 'packing',
      inputs: [...files, ...PAGES, ...LOCKS, 'ts'],
      salt: npm,
      async fill(folder, native, target) {
        await writePlatform(folder, project, native, target);
        if (options.target === undefined) await writeMain(folder, project);
      },
    },
    options,
  );
}

/**
 * @param {string} output
 * @param {Manifest} project
 */
async function writeMain(output, project) {
  const contents = await mainContents(project);
  await writePackage(output, contents, mainManifest(project, PLATFORMS, Object.keys(contents.files)));
}

/**
 * @param {string} output
 * @param {Manifest} project
 * @param {string} native
 * @param {string} target
 */
async function writePlatform(output, project, native, target) {
  const platform = platformOf(target);
  const contents = await platformContents(platform, native);
  await writePackage(output, contents, platformManifest(project, platform, Object.keys(contents.files)));
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
    if (status !== 0) throw new Problem(`npm ${args.join(' ')}\nfailed with status ${status}:\n${stdout}${stderr}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const subject = { name, version, purl: `pkg:npm/${name}@${version}`, license: String(manifest.license) };
  await writeFile(join(output, `${name}-${version}.cdx.json`), bill(subject, parts));
}
