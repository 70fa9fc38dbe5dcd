/**
 * Writes a Debian package, deb(5), with dpkg-deb alone: nothing is compiled or configured, so debhelper has nothing to do.
 * @module
 */
import { createHash } from 'node:crypto';
import { must } from '../project.mjs';
import { below, layOut } from './layout.mjs';

/** @import { Content } from './packages.mjs' */

const DOC = 'usr/share/doc/conmon-node';

/**
 * @param {string} output the directory of the package
 * @param {string} work an absent directory
 * @param {Content} content
 */
export async function writeDeb(output, work, content) {
  const { name, version, platform } = content;
  const architecture = platform.release.replace('linux-', '');
  const installed = {
    ...content.files,
    ...below(DOC, { ...content.notices, copyright: { content: copyright(content) } }),
  };
  const size = Object.values(installed).reduce((sum, each) => sum + Buffer.byteLength(each.content), 0);
  const md5 = (/** @type {string | Uint8Array} */ bytes) => createHash('md5').update(bytes).digest('hex');
  // For `dpkg --verify`, deb-md5sums(5).
  const sums = Object.entries(installed).map(([path, each]) => `${md5(each.content)}  ${path}\n`);
  await layOut(work, {
    ...installed,
    'DEBIAN/control': { content: control(content, architecture, Math.ceil(size / 1024)) },
    'DEBIAN/md5sums': { content: sums.join('') },
  });
  // xz depends on the number of processors.
  const same = ['--root-owner-group', '-Zgzip', '-z9', '--uniform-compression'];
  await must('dpkg-deb', [...same, '--build', work, `${output}/${name}_${version}_${architecture}.deb`]);
}

/** The control file, deb-control(5). @param {Content} content @param {string} architecture @param {number} kilobytes */
function control({ name, version, homepage, maintainer, summary, description }, architecture, kilobytes) {
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
