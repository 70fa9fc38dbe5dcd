/**
 * The files that the deb and the rpm package install. The distribution's conmon owns /usr/bin/conmon and conmon(8), so the
 * executable has a directory of its own and its man page is conmon-node(8).
 * @module
 */
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { at, ROOT } from '../project.mjs';
import { filesOf } from './layout.mjs';
import { notices, rustCopyright } from './notices.mjs';

/** @import { Content } from './packages.mjs' */
/** @import { Files } from './layout.mjs' */

export const EXECUTABLE = 'usr/libexec/conmon-node/conmon';
export const DOC = 'usr/share/doc/conmon-node';

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

/**
 * @param {Content} content
 * @returns {Promise<Files>} by their paths without the first slash; notices are not among them
 */
export async function installedFiles({ native }) {
  return {
    [EXECUTABLE]: { from: `${native}/conmon` },
    'usr/share/conmon-node/podman.conf': { text: PODMAN },
    'usr/share/conmon-node/cri-o.conf': { text: CRI_O },
    'usr/share/man/man8/conmon-node.8.gz': { bytes: compressed(await readFile(at('man', 'conmon.8'))) },
    [`${DOC}/changelog.gz`]: { bytes: compressed(await readFile(at('CHANGELOG.md'))) },
  };
}

/**
 * What the licences require to be passed on.
 * @param {Content} content
 * @param {string} directory
 * @returns {Promise<Files>}
 */
export async function legalFiles({ name, version, parts }, directory) {
  const files = {
    ...(await filesOf(ROOT, ['NOTICE'])),
    ...(await rustCopyright()),
    'THIRD-PARTY-NOTICES': { text: notices(`${name} ${version}`, parts) },
  };
  return Object.fromEntries(Object.entries(files).map(([path, source]) => [`${directory}/${path}`, source]));
}

/** As `gzip -9n`: without a name and a time, so that the same content gives the same bytes. @param {Uint8Array} content */
const compressed = (content) => gzipSync(content, { level: 9 });
