/**
 * Makes the file to vendor: the executable alone, for images and machines that have no Node.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sourceDate } from '../commit.mjs';
import { platformOf } from '../platforms.mjs';
import { at, ROOT } from '../project.mjs';
import { archive } from './archive.mjs';
import { bill } from './bill.mjs';
import { LEGAL, nativeParts, rustCopyright } from './contents.mjs';
import { bytesOf, filesOf } from './layout.mjs';
import { notices } from './notices.mjs';
import { checksum, produce } from './produce.mjs';

/** @import { Source } from './layout.mjs' */
/** @import { Options } from './produce.mjs' */

/**
 * Writes `conmon-VERSION-PLATFORM.tar.gz`, its bill of materials and the checksums of both.
 * @param {Options} options
 */
export async function release(options) {
  const { version, license } = JSON.parse(await readFile(at('package.json'), 'utf8'));
  const date = await sourceDate();
  return produce(
    {
      name: 'release',
      doing: 'putting the release together',
      inputs: [...LEGAL, 'package.json', 'package-lock.json', 'Cargo.lock', 'man'],
      salt: `${date}`,
      async fill(folder, native, target) {
        const name = `conmon-${version}-${platformOf(target).release}`;
        const parts = await nativeParts(['conmon'], target);
        const files = {
          ...(await filesOf(native, ['conmon'])),
          ...(await filesOf(ROOT, LEGAL)),
          ...(await filesOf(at('man'), ['conmon.8'])),
          'THIRD-PARTY-NOTICES': { text: notices(`conmon ${version}`, parts) },
          ...(await rustCopyright()),
        };
        const all = { ...files, SHA256SUMS: { text: await sums(files) } };
        await writeFile(join(folder, `${name}.tar.gz`), await archive(name, all, date));
        const subject = { name: 'conmon', version, purl: `pkg:generic/conmon@${version}`, license };
        await writeFile(join(folder, `${name}.cdx.json`), bill(subject, parts));
      },
    },
    options,
  );
}

/** @param {Readonly<Record<string, Source>>} files */
async function sums(files) {
  const names = Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const lines = await Promise.all(names.map(async ([name, source]) => checksum(await bytesOf(source), name)));
  return lines.join('');
}
