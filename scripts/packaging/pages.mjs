/**
 * README and docs as the npm package has them. What only works in a clone of the repository is left out, and links to files
 * that are not in the package lead to the repository, at the tag of this version.
 * @module
 */
import { posix } from 'node:path';

/** @import { Files } from './layout.mjs' */
/** @import { Manifest } from './manifests.mjs' */

/** A part of a page that is for a clone. */
const FOR_CLONES = /^<!-- clone -->\n[^]*?^<!-- end of clone -->\n+/gm;
const LINK = /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^)\s#]+)(#[^)\s]*)?\)/g;

/** @param {Files} files of the package @param {Manifest} manifest @returns {Files} */
export function withPackagedPages(files, { version, repository }) {
  const address = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
  const paths = Object.keys(files);
  const pages = paths
    .filter((path) => path.endsWith('.md'))
    .map((path) => {
      const text = String(files[path]?.content).replaceAll(FOR_CLONES, '');
      const content = text.replaceAll(LINK, (link, picture, label, target, anchor = '') => {
        const wanted = posix.join(posix.dirname(path), target);
        const isThere = paths.some((each) => each === wanted || each.startsWith(`${wanted}/`));
        if (isThere || /^[a-z]+:/.test(target)) return link;
        // GitHub answers `blob` for a directory with a redirect to `tree`; a picture needs its bytes.
        const view = picture === '' ? 'blob' : 'raw';
        return `${picture}[${label}](${address}/${view}/v${version}/${wanted}${anchor})`;
      });
      return [path, { content }];
    });
  return { ...files, ...Object.fromEntries(pages) };
}
