/**
 * The notices that third-party licences require: the copyright holder and the text of the licence. A text that several parts
 * share appears once.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { Contrib } from '@cyclonedx/cyclonedx-library';
import texts from 'spdx-license-list/full.js';
import { Problem } from '../project.mjs';
import { sysroot } from '../rustc.mjs';

/** @import { Files } from './layout.mjs' */
/** @import { Part } from './parts.mjs' */

/** Files that our own licence requires in every package. */
export const LEGAL = ['LICENSE', 'NOTICE'];

const RULE = `\n${'─'.repeat(80)}\n\n`;
const gatherer = new Contrib.License.Utils.LicenseEvidenceGatherer();

/** @param {string} about what contains the parts @param {readonly Part[]} parts */
export function notices(about, parts) {
  /** @type {Map<string, string[]>} */
  const users = new Map();
  for (const part of parts) {
    for (const text of textsOf(part)) users.set(text, [...(users.get(text) ?? []), `${part.name} ${part.version}`]);
  }
  const list = parts.map(({ name, version, license }) => `  ${`${name} ${version}`.padEnd(44)} ${license}`);
  const head = `${about} contains third-party work:\n\n${list.join('\n')}\n`;
  return [head, ...[...users].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`)].join(RULE);
}

/**
 * The files that it brings itself, else the texts of the licences it names. Texts that differ in their white space are the same.
 * @param {Part} part
 * @returns {readonly string[]}
 */
function textsOf({ name, version, license, holders = name, directory }) {
  const files = directory === undefined ? [] : [...gatherer.getFileAttachments(directory)];
  const found = files.map(({ text }) => Buffer.from(String(text.content), 'base64').toString('utf8'));
  // An exception only permits more.
  const identifiers = license.replaceAll(/ WITH [\w.-]+/g, '').split(/ AND | OR |[()]/);
  const named = identifiers
    .filter((id) => id !== '')
    .map((id) => {
      const known = texts[id];
      if (known === undefined) throw new Problem(`${name} ${version} brings no licence, and ${id} is unknown`);
      return `Copyright (c) ${holders}\n\n${known.licenseText}`;
    });
  return (found.length > 0 ? found : named).map((text) =>
    text
      .replaceAll(/[ \t\r]+$/gm, '')
      .replace(/^\n+/, '')
      .trimEnd(),
  );
}

/**
 * The notices of what is linked into an executable, and those of Rust's standard library, which the compiler ships.
 * @param {string} about
 * @param {readonly Part[]} parts
 * @returns {Promise<Files>}
 */
export async function noticeFiles(about, parts) {
  const rust = await readFile(`${await sysroot()}/share/doc/rust/COPYRIGHT-library.html`).catch(() => undefined);
  return {
    'THIRD-PARTY-NOTICES': { content: notices(about, parts) },
    ...(rust && { 'THIRD-PARTY-NOTICES-rust.html': { content: rust } }),
  };
}
