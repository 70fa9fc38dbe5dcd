/**
 * `npm run release`: writes the executable as a file to vendor into dist/release, for images and machines that have no Node:
 * with manual page, notices, a bill of materials and checksums.
 * @module
 */
import { join } from 'node:path';
import { at, must, ROOT } from '../project.mjs';
import { writeBill } from './bill.mjs';
import { filesOf, layOut, writeChecksums } from './layout.mjs';
import { LEGAL, noticeFiles } from './notices.mjs';
import { nativeParts } from './parts.mjs';
import { produce } from './produce.mjs';

await produce({ command: 'release', directory: 'release', addon: false }, async (place) => {
  const { output, work, native, machine, project } = place;
  const name = `${project.name}-${project.version}-${machine.release}`;
  const parts = await nativeParts(['conmon'], machine.target);
  await layOut(join(work, name), {
    ...(await filesOf(native, ['conmon'])),
    ...(await filesOf(ROOT, LEGAL)),
    ...(await filesOf(at('man'), ['conmon.8'])),
    ...(await noticeFiles(`${project.name} ${project.version}`, parts)),
  });
  await writeChecksums(join(work, name));
  // It depends on nothing but the files: https://reproducible-builds.org/docs/archives/.
  const owner = ['--owner=root:0', '--group=root:0'];
  const same = ['--sort=name', ...owner, `--mtime=@${process.env.SOURCE_DATE_EPOCH}`, '--format=ustar'];
  const archive = join(output, `${name}.tar.gz`);
  await must('tar', [...same, '--use-compress-program=gzip -9n', '-cf', archive, '-C', work, name]);
  await writeBill(output, name, project, 'generic', parts);
});
