/**
 * The third-party parts of a package, for the bill of materials and the notices: what is linked into the programs and what is
 * in the bundles. Build tools are not among them.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { compilerFor } from '../build-rust.mjs';
import { bundles } from '../bundle.mjs';
import { isMusl, muslLibrary } from '../musl.mjs';
import { machineOf } from '../platforms.mjs';
import { at, must, Problem } from '../project.mjs';
import { cratesFor, llvmVersion, rustVersion } from '../rustc.mjs';

/** @import { Crate } from '../rustc.mjs' */

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
 */

/** The npm packages in the bundles, as the bundler itself lists them. @returns {Promise<Part[]>} */
export async function npmParts() {
  const { packages } = JSON.parse(await readFile(at('package-lock.json'), 'utf8'));
  const packageOf = (/** @type {string} */ path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? '';
  const nameOf = (/** @type {string} */ path) => path.replace(/^.*node_modules\//, '');
  const purl = (/** @type {string} */ path) => `pkg:npm/${nameOf(path).replace('@', '%40')}@${packages[path].version}`;
  const inputs = (await bundles()).flatMap((each) => Object.entries(each.inputs));
  const paths = [...new Set(inputs.map(([path]) => packageOf(path)))].filter((path) => path !== '');
  return sorted(
    paths.map((path) => {
      const imports = inputs.flatMap(([input, each]) => (packageOf(input) === path ? each.imports : []));
      const used = new Set(imports.map((each) => packageOf(each.path)));
      return {
        name: nameOf(path),
        version: packages[path].version,
        license: packages[path].license ?? 'NOASSERTION',
        purl: purl(path),
        directory: at(path),
        holders: `the authors of ${nameOf(path)}`,
        uses: [...used].filter((each) => each !== '' && each !== path).map(purl),
      };
    }),
  );
}

/**
 * What is linked into programs: crates, the engine, the standard library and, statically, the C library.
 * @param {readonly string[]} programs names of our crates
 * @param {string} target
 * @returns {Promise<Part[]>}
 */
export async function nativeParts(programs, target) {
  const { executable } = machineOf(target);
  const targets = [...new Set([executable, target])];
  const crates = (await Promise.all(targets.map((each) => crateParts(programs, each)))).flat();
  const engine = crates.find(({ name }) => name === 'rquickjs-sys')?.directory;
  return sorted([
    ...crates,
    await rust(),
    ...(isMusl(executable) ? [await musl(executable), await unwinder()] : [await glibc(executable)]),
    ...(engine === undefined ? [] : [await quickjs(engine)]),
  ]);
}

/**
 * Crates as cargo itself resolves them.
 * @param {readonly string[]} programs
 * @param {string} target
 * @returns {Promise<Part[]>}
 */
async function crateParts(programs, target) {
  const { packages, resolve } = await cratesFor(target);
  const linkedBy = (/** @type {Crate} */ { id }) => {
    const { deps = [] } = resolve.nodes.find((each) => each.id === id) ?? {};
    const ids = deps.filter((each) => each.dep_kinds.some(({ kind }) => kind === null)).map(({ pkg }) => pkg);
    return packages.filter(
      (each) => ids.includes(each.id) && !each.targets.some(({ kind }) => kind.includes('proc-macro')),
    );
  };
  const linked = new Set(packages.filter(({ source, name }) => source === null && programs.includes(name)));
  // A set that grows during the iteration is iterated to its end.
  for (const crate of linked) for (const each of linkedBy(crate)) linked.add(each);
  // Only the lock file has the checksums of the archives.
  const lock = await readFile(at('Cargo.lock'), 'utf8');
  const purl = (/** @type {Crate} */ { name, version }) => `pkg:cargo/${name}@${version}`;
  return [...linked]
    .filter(({ source }) => source !== null)
    .map((crate) => {
      const { name, version, license, authors } = crate;
      if (license === null) throw new Problem(`the crate ${name} declares no licence`);
      const [, sha256] =
        new RegExp(`^name = "${name}"\nversion = "${version}"\nsource = ".+"\nchecksum = "(.+)"$`, 'm').exec(lock) ??
        [];
      return {
        name,
        version,
        // The older syntax, which some crates still use.
        license: license.replaceAll('/', ' OR '),
        purl: purl(crate),
        directory: dirname(crate.manifest_path),
        holders: authors.join(', ') || `the authors of ${name}`,
        ...(sha256 && { sha256 }),
        uses: linkedBy(crate).map(purl),
      };
    });
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
  const version = await rustVersion();
  const name = 'The Rust standard library';
  const holders = 'The Rust Project Developers, see https://thanks.rust-lang.org';
  return { name, version, license: 'MIT OR Apache-2.0', purl: `pkg:generic/rust-std@${version}`, holders, uses: [] };
}

/** The unwinder that Rust links with musl; otherwise it is a shared library. @returns {Promise<Part>} */
async function unwinder() {
  const version = await llvmVersion();
  const [name, holders] = ['LLVM libunwind', 'the LLVM project, see https://llvm.org'];
  const license = 'Apache-2.0 WITH LLVM-exception';
  return { name, version, license, purl: `pkg:generic/llvm-libunwind@${version}`, holders, uses: [] };
}

/** @param {string} target @returns {Promise<Part>} */
async function musl(target) {
  const path = await muslLibrary(target);
  // What its `__libc_version` holds.
  const [, version] = /\0(1\.\d+\.\d+)\0/.exec(await readFile(path, 'latin1')) ?? [];
  if (version === undefined) throw new Problem(`cannot find the version of musl in ${path}`);
  const holders = 'Rich Felker and others, see https://musl.libc.org';
  return { name: 'musl', version, license: 'MIT', purl: `pkg:generic/musl@${version}`, holders, uses: [] };
}

/** @param {string} target @returns {Promise<Part>} */
async function glibc(target) {
  const macros = await must(await compilerFor(target), ['-dM', '-E', '-include', 'features.h', '-x', 'c', '/dev/null']);
  const version = `${number(macros, '__GLIBC__')}.${number(macros, '__GLIBC_MINOR__')}`;
  const [name, holders] = ['The GNU C library', 'Free Software Foundation, Inc.'];
  return { name, version, license: 'LGPL-2.1-or-later', purl: `pkg:generic/glibc@${version}`, holders, uses: [] };
}

/** @param {string} source in C @param {string} macro */
function number(source, macro) {
  const [, value] = new RegExp(`^#define ${macro} (\\d+)$`, 'm').exec(source) ?? [];
  if (value === undefined) throw new Problem(`cannot find the value of ${macro}`);
  return value;
}

/** In the order of `purl`s. @param {readonly Part[]} parts */
function sorted(parts) {
  const unique = new Map(parts.map((part) => [part.purl, part]));
  return [...unique.values()].toSorted((a, b) => (a.purl < b.purl ? -1 : 1));
}
