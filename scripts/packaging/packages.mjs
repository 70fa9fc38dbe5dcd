/**
 * `npm run packages`: writes a deb and an rpm package of the executable into dist/packages, with a bill of materials and
 * checksums. They run no scripts, enable nothing, and share no path with the distribution's conmon.
 * @module
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platformOf } from '../platforms.mjs';
import { at, isInPath, Problem } from '../project.mjs';
import { bill } from './bill.mjs';
import { writeDeb } from './deb.mjs';
import { sourceDate } from './layout.mjs';
import { nativeParts } from './parts.mjs';
import { produce } from './produce.mjs';
import { writeRpm } from './rpm.mjs';

/** @import { Part } from './parts.mjs' */
/** @import { Platform } from '../platforms.mjs' */

/**
 * @typedef {object} Content what both formats need
 * @property {string} name
 * @property {string} version
 * @property {string} license an SPDX expression of all that is in the executable
 * @property {string} homepage
 * @property {string} maintainer
 * @property {string} summary one line
 * @property {string} description
 * @property {string} native the directory of the executable
 * @property {Platform} platform
 * @property {readonly Part[]} parts
 * @property {number} seconds since 1970, of all files
 */

/** Programs, and the Debian packages that contain them. */
const TOOLS = { 'dpkg-deb': 'dpkg', rpmbuild: 'rpm' };

const DESCRIPTION = `Holds the standard streams of a container, writes its log, serves attach clients,
detects OOM kills and reports the exit code. A static executable with the command
line of conmon 2.2. Podman and CRI-O use it once a drop-in file names it:
see /usr/share/conmon-node.`;

await produce({ command: 'packages', directory: 'packages', doing: 'packing deb and rpm', addon: false, fill });

/**
 * @param {string} output
 * @param {string} native
 * @param {string} target
 */
async function fill(output, native, target) {
  for (const [tool, name] of Object.entries(TOOLS)) {
    if (!(await isInPath(tool))) throw new Problem(`${tool} is not installed: apt-get install ${name}`);
  }
  const { name, version, license, homepage, author, bugs } = JSON.parse(await readFile(at('package.json'), 'utf8'));
  const parts = await nativeParts(['conmon'], target);
  /** @type {Content} */
  const content = {
    ...{ name, version, homepage, native, parts },
    license: licenseOf(license, parts),
    maintainer: `${author} <${bugs}>`,
    summary: 'container monitor for Podman and CRI-O',
    description: DESCRIPTION,
    platform: platformOf(target),
    seconds: await sourceDate(),
  };
  const work = await mkdtemp(join(tmpdir(), 'conmon-packages-'));
  try {
    await writeDeb(output, join(work, 'deb'), content);
    await writeRpm(output, join(work, 'rpm'), content);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const subject = { name, version, purl: `pkg:generic/${name}@${version}`, license };
  await writeFile(join(output, `${name}-${version}-${content.platform.release}.cdx.json`), bill(subject, parts));
}

/**
 * @param {string} own
 * @param {readonly Part[]} parts
 */
function licenseOf(own, parts) {
  const all = new Set([own, ...parts.map((part) => part.license)]);
  return [...all].map((each) => (/ (?:OR|AND) /.test(each) ? `(${each})` : each)).join(' AND ');
}
