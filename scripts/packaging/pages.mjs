/**
 * README and docs as the npm package has them. What only works in a clone of the repository is left out, and links to files
 * that are not in the package lead to the repository, at the tag of this version.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';

/** @import { Files } from './layout.mjs' */

/** A part of a page that is for a clone. */
const FOR_CLONES = /^<!-- clone -->\n[^]*?^<!-- end of clone -->\n+/gm;
const LINK = /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^)\s#]+)(#[^)\s]*)?\)/g;

/**
 * @param {Files} files of the package
 * @param {{ readonly version: string, readonly repository: { readonly url: string } }} manifest
 * @returns {Promise<Files>} with the pages as texts
 */
export async function withPackagedPages(files, { version, repository }) {
  const address = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
  const pages = Object.entries(files).map(async ([path, source]) => {
    if (!path.endsWith('.md') || !('from' in source)) return [path, source];
    return [
      path,
      { text: packagedPage(path, await readFile(source.from, 'utf8'), files, `${address}/TYPE/v${version}`) },
    ];
  });
  return Object.fromEntries(await Promise.all(pages));
}

/**
 * @param {string} path of the page
 * @param {string} text
 * @param {Files} files
 * @param {string} address of a file in the repository; TYPE is replaced by the view
 */
function packagedPage(path, text, files, address) {
  const paths = Object.keys(files);
  return text.replaceAll(FOR_CLONES, '').replaceAll(LINK, (link, picture, label, target, anchor = '') => {
    if (/^[a-z]+:/.test(target)) return link;
    const wanted = posix.join(posix.dirname(path), target);
    const isThere = paths.some((each) => each === wanted || each.startsWith(`${wanted}/`));
    // GitHub answers `blob` for a directory with a redirect to `tree`; a picture needs its bytes.
    if (isThere) return link;
    return `${picture}[${label}](${address.replace('TYPE', picture === '' ? 'blob' : 'raw')}/${wanted}${anchor})`;
  });
}
