/**
 * `npm run packages`: writes a deb and an rpm package of the executable into dist/packages, with a bill of materials and
 * checksums. They run no scripts, enable nothing, and share no path with the distribution's conmon, which owns /usr/bin/conmon
 * and conmon(8): the executable has a directory of its own, and its man page is conmon-node(8).
 * @module
 */
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { platformOf } from '../platforms.mjs';
import { at, isInPath, Problem } from '../project.mjs';
import { writeBill } from './bill.mjs';
import { writeDeb } from './deb.mjs';
import { filesOf } from './layout.mjs';
import { noticeFiles } from './notices.mjs';
import { nativeParts } from './parts.mjs';
import { produce } from './produce.mjs';
import { writeRpm } from './rpm.mjs';

/** @import { Platform } from '../platforms.mjs' */
/** @import { Files } from './layout.mjs' */

/**
 * @typedef {object} Content what both formats need
 * @property {string} name
 * @property {string} version
 * @property {string} license an SPDX expression of all that is in the executable
 * @property {string} homepage
 * @property {string} maintainer
 * @property {string} summary one line
 * @property {string} description
 * @property {Platform} platform
 * @property {Files} files to install
 * @property {Files} notices what the licences require to be passed on
 */

/** Programs, and the Debian packages that contain them. */
const TOOLS = { 'dpkg-deb': 'dpkg', rpmbuild: 'rpm' };

const DESCRIPTION = `Holds the standard streams of a container, writes its log, serves attach clients,
detects OOM kills and reports the exit code. A static executable with the command
line of conmon 2.2. Podman and CRI-O use it once a drop-in file names it:
see /usr/share/conmon-node.`;

const EXECUTABLE = 'usr/libexec/conmon-node/conmon';

/** Podman's; containers.conf(5). */
const PODMAN = `# From the package conmon-node; conmonctl setup podman --undo removes a copy in /etc.
# To use it: install -D -m 0644 /usr/share/conmon-node/podman.conf /etc/containers/containers.conf.d/50-conmon-node.conf
[engine]
conmon_path = ["/${EXECUTABLE}"]
`;

/** CRI-O's; crio.conf(5). A runtime needs its path in the same table. */
const CRI_O = `# From the package conmon-node; conmonctl setup cri-o --undo removes a copy in /etc.
# To use it: install -D -m 0644 /usr/share/conmon-node/cri-o.conf /etc/crio/crio.conf.d/50-conmon-node.conf
# The name and the path are those of the runtime that crio config shows.
[crio.runtime.runtimes.crun]
runtime_path = "/usr/bin/crun"
monitor_path = "/${EXECUTABLE}"
`;

/** As `gzip -9n`: without a name and a time, so that the same content gives the same bytes. @param {string} path */
const compressed = async (path) => ({ content: gzipSync(await readFile(at(path)), { level: 9 }) });

await produce({ command: 'packages', directory: 'packages', addon: false }, async (place) => {
  for (const [tool, name] of Object.entries(TOOLS)) {
    if (!(await isInPath(tool))) throw new Problem(`${tool} is not installed: apt-get install ${name}`);
  }
  const { output, work, native, machine, project } = place;
  const platform = platformOf(machine.target);
  const { name, version, license, homepage, author, bugs } = project;
  const parts = await nativeParts(['conmon'], platform.target);
  const licenses = new Set([license, ...parts.map((part) => part.license)]);
  const all = [...licenses].map((each) => (/ (?:OR|AND) /.test(each) ? `(${each})` : each));
  const { conmon = { content: '' } } = await filesOf(native, ['conmon']);
  /** @type {Content} */
  const content = {
    ...{ name, version, homepage, platform },
    license: all.join(' AND '),
    maintainer: `${author} <${bugs}>`,
    summary: 'container monitor for Podman and CRI-O',
    description: DESCRIPTION,
    files: {
      [EXECUTABLE]: conmon,
      'usr/share/conmon-node/podman.conf': { content: PODMAN },
      'usr/share/conmon-node/cri-o.conf': { content: CRI_O },
      'usr/share/man/man8/conmon-node.8.gz': await compressed('man/conmon.8'),
      'usr/share/doc/conmon-node/changelog.gz': await compressed('CHANGELOG.md'),
    },
    notices: { ...(await filesOf(at(), ['NOTICE'])), ...(await noticeFiles(`${name} ${version}`, parts)) },
  };
  await writeDeb(output, `${work}/deb`, content);
  await writeRpm(output, `${work}/rpm`, content);
  await writeBill(output, `${name}-${version}-${platform.release}`, project, 'generic', parts);
});
