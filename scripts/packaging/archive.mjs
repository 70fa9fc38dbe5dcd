/**
 * A tar archive that depends on nothing but what is in it: sorted, owned by root, all of one time, compressed without a
 * time or a name. For the format see tar(5).
 * @module
 */
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { bytesOf, modeOf } from './layout.mjs';

/** @import { Source } from './layout.mjs' */

/**
 * @param {string} folder all is below it
 * @param {Readonly<Record<string, Source>>} files
 * @param {number} seconds since 1970
 * @returns {Promise<Buffer>}
 */
export async function archive(folder, files, seconds) {
  const tar = pack();
  const common = { mtime: new Date(seconds * 1000), uid: 0, gid: 0, uname: 'root', gname: 'root' };
  tar.entry({ ...common, name: `${folder}/`, type: 'directory', mode: 0o755 });
  for (const [path, source] of Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    tar.entry({ ...common, name: `${folder}/${path}`, mode: await modeOf(source) }, await bytesOf(source));
  }
  tar.finalize();
  return buffer(tar.pipe(createGzip({ level: 9 })));
}
