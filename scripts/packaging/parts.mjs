/**
 * What others made and we pass on: what the bill of materials lists and the notices are about.
 * @module
 */

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {string} version
 * @property {string} license an SPDX expression
 * @property {string} purl what identifies it everywhere, https://github.com/package-url/purl-spec
 * @property {string} [folder] where its own licence files lie
 * @property {string} [holders] who has the copyright, for those that bring no file
 * @property {string} [sha256] of the archive it came in
 * @property {readonly string[]} uses the `purl`s of the parts it uses itself
 */

/** A list without a part named twice, in the order of names. @param {readonly Part[]} parts */
export function sorted(parts) {
  const unique = new Map(parts.map((part) => [part.purl, part]));
  return [...unique.values()].toSorted((a, b) => (a.purl < b.purl ? -1 : 1));
}
