/**
 * A bill of materials in CycloneDX 1.6, JSON. It is reproducible, so it has neither a serial number nor a timestamp.
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Contrib, Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import parseExpression from 'spdx-expression-parse';

/** @import { Part } from './parts.mjs' */

const licenses = new Contrib.License.Factories.LicenseFactory((expression) => void parseExpression(expression));

/**
 * @param {string} directory
 * @param {string} file without its ending
 * @param {{ name: string, version: string, license: string }} subject what the parts are in
 * @param {'npm' | 'generic'} type of its `purl`
 * @param {readonly Part[]} parts
 */
export async function writeBill(directory, file, subject, type, parts) {
  const bom = new Models.Bom();
  const purl = `pkg:${type}/${subject.name}@${subject.version}`;
  const root = component(Enums.ComponentType.Application, { ...subject, purl });
  bom.metadata.component = root;
  const all = new Map(parts.map((part) => [part.purl, component(Enums.ComponentType.Library, part)]));
  const used = new Set(parts.flatMap(({ uses }) => uses));
  for (const { purl, uses } of parts) {
    const own = all.get(purl);
    if (own === undefined) continue;
    bom.components.add(own);
    if (!used.has(purl)) root.dependencies.add(own.bomRef);
    for (const other of uses.flatMap((each) => all.get(each) ?? [])) own.dependencies.add(other.bomRef);
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  await writeFile(join(directory, `${file}.cdx.json`), `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`);
}

/** @param {Enums.ComponentType} type @param {Pick<Part, 'name' | 'version' | 'purl' | 'license' | 'sha256'>} part */
function component(type, { name, version, purl, license, sha256 }) {
  const made = new Models.Component(type, name, { version, purl, bomRef: purl });
  made.licenses.add(licenses.makeFromString(license));
  if (sha256 !== undefined) made.hashes.set(Enums.HashAlgorithm['SHA-256'], sha256);
  return made;
}
