/**
 * `npm run release`: writes the executable as a file to vendor into dist/release, for images and machines that have no Node:
 * with manual page, notices, a bill of materials and checksums.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sourceDate } from '../commit.mjs';
import { platformOf } from '../platforms.mjs';
import { at, ROOT } from '../project.mjs';
import { bill } from './bill.mjs';
import { archive, bytesOf, filesOf } from './layout.mjs';
import { LEGAL, notices, rustCopyright } from './notices.mjs';
import { nativeParts } from './parts.mjs';
import { checksums, produce } from './produce.mjs';

/** @import { Files } from './layout.mjs' */

await produce({ command: 'release', directory: 'release', doing: 'putting the release together', fill });

/**
 * @param {string} output
 * @param {string} native
 * @param {string} target
 */
async function fill(output, native, target) {
  const { version, license } = JSON.parse(await readFile(at('package.json'), 'utf8'));
  const name = `conmon-${version}-${platformOf(target).release}`;
  const parts = await nativeParts(['conmon'], target);
  /** @type {Files} */
  const files = {
    ...(await filesOf(native, ['conmon'])),
    ...(await filesOf(ROOT, LEGAL)),
    ...(await filesOf(at('man'), ['conmon.8'])),
    'THIRD-PARTY-NOTICES': { text: notices(`conmon ${version}`, parts) },
    ...(await rustCopyright()),
  };
  const sums = await checksums(Object.keys(files).toSorted(), (path) => bytesOf(files[path] ?? { text: '' }));
  const all = { ...files, SHA256SUMS: { text: sums } };
  await writeFile(join(output, `${name}.tar.gz`), await archive(name, all, await sourceDate()));
  const subject = { name: 'conmon', version, purl: `pkg:generic/conmon@${version}`, license };
  await writeFile(join(output, `${name}.cdx.json`), bill(subject, parts));
}
