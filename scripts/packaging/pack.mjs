/**
 * `npm run pack`: writes the npm packages into dist/npm, with checksums, bills of materials and third-party notices.
 * @module
 */
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PLATFORMS, platformOf } from '../platforms.mjs';
import { at, must, ROOT } from '../project.mjs';
import { writeBill } from './bill.mjs';
import { filesOf, layOut } from './layout.mjs';
import { mainManifest, platformManifest } from './manifests.mjs';
import { LEGAL, noticeFiles, notices } from './notices.mjs';
import { withPackagedPages } from './pages.mjs';
import { nativeParts, npmParts } from './parts.mjs';
import { produce } from './produce.mjs';

/** @import { Files } from './layout.mjs' */
/** @import { Manifest } from './manifests.mjs' */
/** @import { Part } from './parts.mjs' */

/** The files of a platform's package, and the crate of each. */
const NATIVE = { conmon: 'conmon', 'conmon.node': 'conmon-napi', miniruntime: 'miniruntime' };

await produce({ command: 'pack', directory: 'npm', addon: true }, async (place) => {
  const { native, machine, project, isHost } = place;
  const platform = platformOf(machine.target);
  const text = `# ${platform.package}\n\nWhat is native of conmon-node for ${platform.os} on ${platform.cpu}. Installed by conmon-node, not by itself.\n`;
  const parts = await nativeParts(Object.values(NATIVE), platform.target);
  const files = {
    ...(await filesOf(native, Object.keys(NATIVE))),
    ...(await filesOf(ROOT, LEGAL)),
    ...(await noticeFiles(`${platform.package} ${project.version}`, parts)),
    'README.md': { content: text },
  };
  await writePackage(place, files, platformManifest(project, platform, Object.keys(files)), parts);
  if (isHost) {
    const bundled = await npmParts();
    const content = notices(`${project.name} ${project.version}`, bundled);
    const main = { ...(await mainFiles(project)), 'THIRD-PARTY-NOTICES': { content } };
    await writePackage(place, main, mainManifest(project, PLATFORMS), bundled);
  }
});

/** What npm takes of this checkout by the `files` of its package.json. @param {Manifest} project @returns {Promise<Files>} */
async function mainFiles(project) {
  await rm(at('dist', 'types'), { recursive: true, force: true });
  await must(at('node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.types.json']);
  // tsc reads what is generated, but does not pass it on.
  await copyFile(at('ts', 'node', 'addon.d.ts'), at('dist', 'types', 'node', 'addon.d.ts'));
  /** @type {[{ files: { path: string }[] }]} */
  const [{ files }] = JSON.parse(await must('npm', ['pack', '--dry-run', '--json', '--ignore-scripts']));
  return withPackagedPages(
    await filesOf(
      ROOT,
      files.map(({ path }) => path),
    ),
    project,
  );
}

/**
 * @param {{ readonly output: string, readonly work: string }} place
 * @param {Files} files
 * @param {Manifest} manifest
 * @param {readonly Part[]} parts
 */
async function writePackage({ output, work }, files, manifest, parts) {
  const { name, version } = manifest;
  const directory = join(work, name);
  await layOut(directory, { ...files, 'package.json': { content: `${JSON.stringify(manifest, null, 2)}\n` } });
  await must('npm', ['pack', '--pack-destination', output, '--ignore-scripts', '--json'], { cwd: directory });
  await writeBill(output, `${name}-${version}`, manifest, 'npm', parts);
}
