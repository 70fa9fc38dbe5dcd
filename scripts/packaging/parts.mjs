/**
 * The third-party parts of a package, for the bill of materials and the notices: what is linked into the programs and what is
 * in the bundles. Build tools are not among them.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { linkerFor } from '../build-rust.mjs';
import { bundles } from '../bundle.mjs';
import { at, must, Problem } from '../project.mjs';

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {string} version
 * @property {string} license an SPDX expression
 * @property {string} purl what identifies it everywhere, https://github.com/package-url/purl-spec
 * @property {string} [directory] where its own licence files lie
 * @property {string} [holders] who has the copyright, for parts without a licence file
 * @property {string} [sha256] of the archive it came in
 * @property {readonly string[]} uses the `purl`s of the parts it uses itself
 *
 * @typedef {object} Crate what is read of `cargo metadata`, https://doc.rust-lang.org/cargo/commands/cargo-metadata.html
 * @property {string} id
 * @property {string} name
 * @property {string} version
 * @property {string | null} license
 * @property {string | null} source null for our own
 * @property {string} manifest_path
 * @property {readonly string[]} authors
 * @property {readonly { kind: readonly string[] }[]} targets
 *
 * @typedef {{ id: string, deps: readonly { pkg: string, dep_kinds: readonly { kind: string | null }[] }[] }} Node
 */

/**
 * The npm packages in the bundles, as the bundler itself lists them.
 * @returns {Promise<Part[]>}
 */
export async function npmParts() {
  const packageOf = (/** @type {string} */ path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
  /** @type {Map<string, Set<string>>} */
  const uses = new Map();
  for (const [path, { imports }] of (await bundles()).flatMap(({ inputs }) => Object.entries(inputs))) {
    const own = packageOf(path);
    if (own === undefined) continue;
    const others = imports.flatMap((each) => packageOf(each.path) ?? []).filter((each) => each !== own);
    uses.set(own, new Set([...(uses.get(own) ?? []), ...others]));
  }
  const { packages } = JSON.parse(await readFile(at('package-lock.json'), 'utf8'));
  const nameOf = (/** @type {string} */ path) => path.replace(/^.*node_modules\//, '');
  const purl = (/** @type {string} */ path) => `pkg:npm/${nameOf(path).replace('@', '%40')}@${packages[path].version}`;
  return sorted(
    [...uses].map(([path, used]) => ({
      name: nameOf(path),
      version: packages[path].version,
      license: packages[path].license ?? 'NOASSERTION',
      purl: purl(path),
      directory: at(path),
      holders: `the authors of ${nameOf(path)}`,
      uses: [...used].map(purl),
    })),
  );
}

/**
 * What is linked into programs: crates, the engine, the standard library and, statically, the C library.
 * @param {readonly string[]} programs names of our crates
 * @param {string} target
 * @returns {Promise<Part[]>}
 */
export async function nativeParts(programs, target) {
  const crates = await crateParts(programs, target);
  const engine = crates.find(({ name }) => name === 'rquickjs-sys')?.directory;
  const others = await Promise.all([rust(), glibc(target), ...(engine === undefined ? [] : [quickjs(engine)])]);
  return sorted([...crates, ...others]);
}

/**
 * Crates as cargo itself resolves them.
 * @param {readonly string[]} programs
 * @param {string} target
 * @returns {Promise<Part[]>}
 */
async function crateParts(programs, target) {
  const words = ['metadata', '--format-version', '1', '--locked', '--filter-platform', target];
  /** @type {{ packages: Crate[], resolve: { nodes: Node[] } }} */
  const metadata = JSON.parse(await must('cargo', words));
  const packages = new Map(metadata.packages.map((each) => [each.id, each]));
  const nodes = new Map(metadata.resolve.nodes.map((each) => [each.id, each.deps]));
  const linkedBy = (/** @type {Crate} */ { id }) =>
    (nodes.get(id) ?? [])
      .filter(({ dep_kinds }) => dep_kinds.some(({ kind }) => kind === null))
      .flatMap(({ pkg }) => packages.get(pkg) ?? [])
      .filter(({ targets }) => !targets.some(({ kind }) => kind.includes('proc-macro')));
  const sums = await checksums();
  const purl = (/** @type {Crate} */ { name, version }) => `pkg:cargo/${name}@${version}`;
  const linked = new Set(metadata.packages.filter(({ source, name }) => source === null && programs.includes(name)));
  // A set that grows while it is walked is walked to its end.
  for (const crate of linked) for (const each of linkedBy(crate)) linked.add(each);
  return [...linked]
    .filter(({ source }) => source !== null)
    .map((crate) => {
      const { name, version, license, authors } = crate;
      if (license === null) throw new Problem(`the crate ${name} declares no licence`);
      return {
        name,
        version,
        // The older syntax, which some crates still use.
        license: license.replaceAll('/', ' OR '),
        purl: purl(crate),
        directory: dirname(crate.manifest_path),
        holders: authors.length === 0 ? `the authors of ${name}` : authors.join(', '),
        ...sums.get(`${name} ${version}`),
        uses: linkedBy(crate).map(purl),
      };
    });
}

/** SHA-256 of the crates' archives, by `NAME VERSION`: only the lock file has them. */
async function checksums() {
  const lock = await readFile(at('Cargo.lock'), 'utf8');
  const entry = /^name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "([0-9a-f]{64})"$/gm;
  return new Map([...lock.matchAll(entry)].map(([, name, version, sha256 = '']) => [`${name} ${version}`, { sha256 }]));
}

/** @param {string} crate the directory of the crate that has QuickJS in it @returns {Promise<Part>} */
async function quickjs(crate) {
  const directory = join(crate, 'quickjs');
  const header = await readFile(join(directory, 'quickjs.h'), 'utf8');
  const version = ['MAJOR', 'MINOR', 'PATCH'].map((part) => number(header, `QJS_VERSION_${part}`)).join('.');
  const purl = `pkg:github/quickjs-ng/quickjs@v${version}`;
  return { name: 'QuickJS-ng', version, license: 'MIT', purl, directory, uses: [] };
}

/** @returns {Promise<Part>} */
async function rust() {
  const [, version = ''] = /^rustc (\S+)/.exec(await must('rustc', ['--version'])) ?? [];
  const [name, holders] = [
    'The Rust standard library',
    'The Rust Project Developers, see https://thanks.rust-lang.org',
  ];
  return { name, version, license: 'MIT OR Apache-2.0', purl: `pkg:generic/rust-std@${version}`, holders, uses: [] };
}

/** @param {string} target @returns {Promise<Part>} */
async function glibc(target) {
  const macros = await must(await linkerFor(target), ['-dM', '-E', '-include', 'features.h', '-x', 'c', '/dev/null']);
  const version = `${number(macros, '__GLIBC__')}.${number(macros, '__GLIBC_MINOR__')}`;
  const [name, holders] = ['The GNU C library', 'Free Software Foundation, Inc.'];
  return { name, version, license: 'LGPL-2.1-or-later', purl: `pkg:generic/glibc@${version}`, holders, uses: [] };
}

/**
 * @param {string} source in C
 * @param {string} macro
 */
function number(source, macro) {
  const [, value] = new RegExp(`^#define ${macro} (\\d+)$`, 'm').exec(source) ?? [];
  if (value === undefined) throw new Problem(`cannot find the value of ${macro}`);
  return value;
}

/** A list without a part named twice, in the order of names. @param {readonly Part[]} parts */
function sorted(parts) {
  const unique = new Map(parts.map((part) => [part.purl, part]));
  return [...unique.values()].toSorted((a, b) => (a.purl < b.purl ? -1 : 1));
}
