/**
 * The notices that third-party licences require: the copyright holder and the text of the licence. A text that several parts
 * share appears once.
 * @module
 */
import { join } from 'node:path';
import { Contrib } from '@cyclonedx/cyclonedx-library';
import parseExpression from 'spdx-expression-parse';
import texts from 'spdx-license-list/full.js';
import { must, Problem } from '../project.mjs';
import { filesOf } from './layout.mjs';

/** @import { Files } from './layout.mjs' */
/** @import { Part } from './parts.mjs' */

/** Files that our own licence requires in every package. */
export const LEGAL = ['LICENSE', 'NOTICE'];

const RULE = `\n${'─'.repeat(80)}\n\n`;
const gatherer = new Contrib.License.Utils.LicenseEvidenceGatherer();

/**
 * @param {string} about what contains the parts
 * @param {readonly Part[]} parts
 */
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
 * The files that it brings itself, else the texts of the licences it names.
 * @param {Part} part
 * @returns {readonly string[]}
 */
function textsOf(part) {
  const files = part.directory === undefined ? [] : [...gatherer.getFileAttachments(part.directory)];
  if (files.length > 0)
    return files.map(({ text }) => tidy(Buffer.from(String(text.content), 'base64').toString('utf8')));
  return identifiers(parseExpression(part.license)).map((id) => {
    const known = texts[id];
    if (known === undefined) throw new Problem(`${part.name} ${part.version} brings no licence, and ${id} is unknown`);
    return tidy(`Copyright (c) ${part.holders ?? part.name}\n\n${known.licenseText}`);
  });
}

/**
 * @param {import('spdx-expression-parse').Info} expression
 * @returns {string[]}
 */
function identifiers(expression) {
  if ('license' in expression) return [expression.license];
  return [...identifiers(expression.left), ...identifiers(expression.right)];
}

/**
 * The notices of Rust's standard library, which the compiler ships.
 * @returns {Promise<Files>}
 */
export async function rustCopyright() {
  const sysroot = (await must('rustc', ['--print', 'sysroot'])).trim();
  const found = await filesOf(join(sysroot, 'share', 'doc', 'rust'), ['COPYRIGHT-library.html']);
  return Object.fromEntries(Object.values(found).map((source) => ['THIRD-PARTY-NOTICES-rust.html', source]));
}

/** The same text, however it was wrapped up. @param {string} text */
function tidy(text) {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(/[ \t]+$/gm, '')
    .replace(/^\n+/, '')
    .trimEnd();
}
