/**
 * `npm run release`: writes the executable as a file to vendor into dist/release, for images and machines that have no Node:
 * with manual page, notices, a bill of materials and checksums.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { platformOf } from '../platforms.mjs';
import { at, ROOT } from '../project.mjs';
import { bill } from './bill.mjs';
import { filesOf, sourceDate, writeArchive } from './layout.mjs';
import { LEGAL, notices, rustCopyright } from './notices.mjs';
import { nativeParts } from './parts.mjs';
import { produce } from './produce.mjs';

/** @import { Files } from './layout.mjs' */

await produce({ command: 'release', directory: 'release', doing: 'packing the release', addon: false, fill });

/**
 * @param {string} output
 * @param {string} native
 * @param {string} target
 */
async function fill(output, native, target) {
  const { version, license } = JSON.parse(await readFile(at('package.json'), 'utf8'));
  const name = `conmon-node-${version}-${platformOf(target).release}`;
  const parts = await nativeParts(['conmon'], target);
  /** @type {Files} */
  const files = {
    ...(await filesOf(native, ['conmon'])),
    ...(await filesOf(ROOT, LEGAL)),
    ...(await filesOf(at('man'), ['conmon.8'])),
    'THIRD-PARTY-NOTICES': { text: notices(`conmon-node ${version}`, parts) },
    ...(await rustCopyright()),
  };
  await writeArchive(join(output, `${name}.tar.gz`), name, files, await sourceDate());
  const subject = { name: 'conmon-node', version, purl: `pkg:generic/conmon-node@${version}`, license };
  await writeFile(join(output, `${name}.cdx.json`), bill(subject, parts));
}
