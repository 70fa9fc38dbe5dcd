/**
 * `npm run release`: writes the executable as a file to vendor into dist/release, for images and machines that have no Node:
 * with manual page, notices, a bill of materials and checksums.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { platformOf } from '../platforms.mjs';
import { at, ROOT, run } from '../project.mjs';
import { bill } from './bill.mjs';
import { filesOf, writeArchive } from './layout.mjs';
import { LEGAL, notices, rustCopyright } from './notices.mjs';
import { nativeParts } from './parts.mjs';
import { produce } from './produce.mjs';

/** @import { Files } from './layout.mjs' */

await produce({ command: 'release', directory: 'release', doing: 'packing the release', fill });

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
  // So that the archive is the same whenever it is made: https://reproducible-builds.org/specs/source-date-epoch/.
  const date = process.env.SOURCE_DATE_EPOCH ?? (await run('git', ['log', '-1', '--format=%ct'])).stdout;
  await writeArchive(join(output, `${name}.tar.gz`), name, files, Number(date));
  const subject = { name: 'conmon', version, purl: `pkg:generic/conmon@${version}`, license };
  await writeFile(join(output, `${name}.cdx.json`), bill(subject, parts));
}
