/**
 * `npm run release`: writes the executable as a file to vendor into dist/release, for images and machines that have no Node:
 * with manual page, notices, a bill of materials and checksums.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { platformOf } from '../platforms.mjs';
import { at, must, ROOT } from '../project.mjs';
import { writeBill } from './bill.mjs';
import { filesOf, layOut, sourceDate, writeChecksums } from './layout.mjs';
import { LEGAL, noticeFiles } from './notices.mjs';
import { nativeParts } from './parts.mjs';
import { produce } from './produce.mjs';

await produce(
  { command: 'release', directory: 'release', doing: 'packing the release', addon: false },
  async (place) => {
    const { output, work, native, target } = place;
    const { name: project, version, license } = JSON.parse(await readFile(at('package.json'), 'utf8'));
    const name = `${project}-${version}-${platformOf(target).release}`;
    const parts = await nativeParts(['conmon'], target);
    await layOut(join(work, name), {
      ...(await filesOf(native, ['conmon'])),
      ...(await filesOf(ROOT, LEGAL)),
      ...(await filesOf(at('man'), ['conmon.8'])),
      ...(await noticeFiles(`${project} ${version}`, parts)),
    });
    await writeChecksums(join(work, name));
    // It depends on nothing but the files: https://reproducible-builds.org/docs/archives/.
    const same = [
      '--sort=name',
      '--owner=root:0',
      '--group=root:0',
      `--mtime=@${await sourceDate()}`,
      '--format=ustar',
    ];
    const archive = join(output, `${name}.tar.gz`);
    await must('tar', [...same, '--use-compress-program=gzip -9n', '-cf', archive, '-C', work, name]);
    await writeBill(output, name, { name: project, version, license }, 'generic', parts);
  },
);
