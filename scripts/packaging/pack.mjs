/**
 * `npm run pack`: writes the npm packages into dist/npm, with checksums, bills of materials and third-party notices.
 * @module
 */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PLATFORMS, platformOf } from '../platforms.mjs';
import { at, must, Problem, ROOT } from '../project.mjs';
import { bill } from './bill.mjs';
import { filesOf, layOut } from './layout.mjs';
import { mainManifest, platformManifest } from './manifests.mjs';
import { LEGAL, notices, rustCopyright } from './notices.mjs';
import { withPackagedPages } from './pages.mjs';
import { nativeParts, npmParts } from './parts.mjs';
import { produce } from './produce.mjs';

/** @import { Files } from './layout.mjs' */
/** @import { Manifest } from './manifests.mjs' */
/** @import { Part } from './parts.mjs' */

/** The files of a platform's package, and the crate of each. */
const NATIVE = { conmon: 'conmon', 'conmon.node': 'conmon-napi', miniruntime: 'miniruntime' };

await produce({ command: 'pack', directory: 'npm', doing: 'packing', addon: true, fill });

/**
 * @param {string} output
 * @param {string} native
 * @param {string} target
 * @param {boolean} isHost whether to write the main package as well
 */
async function fill(output, native, target, isHost) {
  /** @type {Manifest} */
  const project = JSON.parse(await readFile(at('package.json'), 'utf8'));
  const platform = platformOf(target);
  const text = `# ${platform.package}\n\nWhat is native of conmon-node for ${platform.os} on ${platform.cpu}. Installed by conmon-node, not by itself.\n`;
  const files = {
    ...(await filesOf(native, Object.keys(NATIVE))),
    ...(await filesOf(ROOT, LEGAL)),
    ...(await rustCopyright()),
    'README.md': { text },
  };
  const manifest = platformManifest(project, platform, Object.keys(files));
  await writePackage(output, files, manifest, await nativeParts(Object.values(NATIVE), target));
  if (isHost) {
    const main = await mainFiles(project);
    await writePackage(output, main, mainManifest(project, PLATFORMS, Object.keys(main)), await npmParts());
  }
}

/** @param {Manifest} project @returns {Promise<Files>} */
async function mainFiles(project) {
  await rm(at('dist', 'types'), { recursive: true, force: true });
  await must(at('node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.types.json']);
  // tsc reads what is generated, but does not pass it on.
  await copyFile(at('ts', 'node', 'addon.d.ts'), at('dist', 'types', 'node', 'addon.d.ts'));
  for (const entry of project.files) {
    const there = await filesOf(ROOT, [entry.replace('!', '')]);
    if (Object.keys(there).length === 0)
      throw new Problem(`package.json lists ${entry} in "files", but it is not there`);
  }
  return withPackagedPages(await filesOf(ROOT, [...project.files, 'README.md', ...LEGAL]), project);
}

/**
 * @param {string} output
 * @param {Files} files
 * @param {Manifest} manifest
 * @param {readonly Part[]} parts
 */
async function writePackage(output, files, manifest, parts) {
  const { name, version, license } = manifest;
  const directory = await mkdtemp(join(tmpdir(), 'conmon-pack-'));
  try {
    await layOut(directory, {
      ...files,
      'package.json': { text: `${JSON.stringify(manifest, null, 2)}\n` },
      'THIRD-PARTY-NOTICES': { text: notices(`${name} ${version}`, parts) },
    });
    await must('npm', ['pack', '--pack-destination', output, '--ignore-scripts', '--json'], { cwd: directory });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  const subject = { name, version, purl: `pkg:npm/${name}@${version}`, license };
  await writeFile(join(output, `${name}-${version}.cdx.json`), bill(subject, parts));
}
