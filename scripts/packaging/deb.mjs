/**
 * Writes a Debian package, deb(5), with dpkg-deb alone: nothing is compiled or configured, so debhelper has nothing to do.
 * @module
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { must } from '../project.mjs';
import { contentOf, layOut } from './layout.mjs';
import { DOC, installedFiles, legalFiles } from './tree.mjs';

/** @import { Content } from './packages.mjs' */
/** @import { Files } from './layout.mjs' */

/**
 * @param {string} output the directory of the package
 * @param {string} work an absent directory
 * @param {Content} content
 */
export async function writeDeb(output, work, content) {
  const { name, version, platform, seconds } = content;
  const architecture = platform.release.replace('linux-', '');
  const installed = {
    ...(await installedFiles(content)),
    ...(await legalFiles(content, DOC)),
    [`${DOC}/copyright`]: { text: copyright(content) },
  };
  await layOut(work, installed);
  await layOut(work, {
    'DEBIAN/control': { text: await control(content, architecture, installed) },
    'DEBIAN/md5sums': { text: await checksums(installed) },
  });
  const path = join(output, `${name}_${version}_${architecture}.deb`);
  // xz depends on the number of processors.
  const same = ['--root-owner-group', '-Zgzip', '-z9', '--uniform-compression'];
  await must('dpkg-deb', [...same, '--build', work, path], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(seconds) },
  });
}

/**
 * The control file, deb-control(5).
 * @param {Content} content
 * @param {string} architecture
 * @param {Files} installed
 */
async function control({ name, version, homepage, maintainer, summary, description }, architecture, installed) {
  const sizes = await Promise.all(Object.values(installed).map(async (source) => (await contentOf(source)).length));
  const kilobytes = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 1024);
  return `Package: ${name}
Version: ${version}
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${kilobytes}
Suggests: podman | cri-o, crun | runc
Section: admin
Priority: optional
Homepage: ${homepage}
Description: ${summary}
${description.replaceAll(/^/gm, ' ')}
`;
}

/** Checksums for `dpkg --verify`, deb-md5sums(5). @param {Files} installed */
async function checksums(installed) {
  const lines = Object.entries(installed).map(async ([path, source]) => {
    const sum = createHash('md5')
      .update(await contentOf(source))
      .digest('hex');
    return `${sum}  ${path}\n`;
  });
  return (await Promise.all(lines)).join('');
}

/** Debian's machine-readable form; its copy of the licence is on every Debian. @param {Content} content */
function copyright({ name, homepage, license }) {
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ${name}
Source: ${homepage}

Files: *
Copyright: The conmon-node authors
License: Apache-2.0
Comment: The executable contains work under ${license}.
 THIRD-PARTY-NOTICES and THIRD-PARTY-NOTICES-rust.html have the notices and licences of others.

License: Apache-2.0
 On Debian systems the text of the licence is in /usr/share/common-licenses/Apache-2.0.
`;
}
