/**
 * The crates that are linked into our programs, as cargo itself resolves them. Not those that only help to build.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Problem } from '../problem.mjs';
import { at, ROOT } from '../project.mjs';
import { run } from '../run.mjs';

/** @import { Part } from './parts.mjs' */

/**
 * What is read of `cargo metadata`; see https://doc.rust-lang.org/cargo/commands/cargo-metadata.html.
 * @typedef {object} Crate
 * @property {string} id
 * @property {string} name
 * @property {string} version
 * @property {string | null} license
 * @property {string | null} source null for our own
 * @property {string} manifest_path
 * @property {readonly string[]} authors
 * @property {readonly { kind: readonly string[] }[]} targets
 *
 * @typedef {object} Node
 * @property {string} id
 * @property {readonly { pkg: string, dep_kinds: readonly { kind: string | null }[] }[]} deps
 */

/**
 * @param {readonly string[]} programs names of our crates
 * @param {string} target
 * @returns {Promise<Part[]>}
 */
export async function crateParts(programs, target) {
  const { packages, nodes } = await metadata(target);
  const sums = await checksums();
  const linked = new Set();
  const follow = (/** @type {string} */ id) => {
    if (linked.has(id)) return;
    linked.add(id);
    for (const each of linkedBy(nodes.get(id), packages)) follow(each.id);
  };
  for (const crate of packages.values()) if (crate.source === null && programs.includes(crate.name)) follow(crate.id);
  return [...linked].flatMap((id) => {
    const crate = packages.get(id);
    return crate === undefined || crate.source === null ? [] : [part(crate, linkedBy(nodes.get(id), packages), sums)];
  });
}

/**
 * @param {Crate} crate
 * @param {readonly Crate[]} uses
 * @param {ReadonlyMap<string, string>} sums
 * @returns {Part}
 */
function part(crate, uses, sums) {
  if (crate.license === null) throw new Problem(`the crate ${crate.name} does not say its licence: look at it`);
  const sha256 = sums.get(`${crate.name} ${crate.version}`);
  return {
    name: crate.name,
    version: crate.version,
    // The old way of writing that some crates still have.
    license: crate.license.replaceAll('/', ' OR '),
    purl: purl(crate),
    folder: dirname(crate.manifest_path),
    holders: crate.authors.length === 0 ? `the authors of ${crate.name}` : crate.authors.join(', '),
    ...(sha256 === undefined ? {} : { sha256 }),
    uses: uses.map(purl),
  };
}

/** @param {Crate} crate */
function purl({ name, version }) {
  return `pkg:cargo/${name}@${version}`;
}

/**
 * @param {Node | undefined} node
 * @param {ReadonlyMap<string, Crate>} packages
 */
function linkedBy(node, packages) {
  const normal = node?.deps.filter(({ dep_kinds }) => dep_kinds.some(({ kind }) => kind === null)) ?? [];
  const crates = normal.flatMap(({ pkg }) => packages.get(pkg) ?? []);
  return crates.filter(({ targets }) => !targets.some(({ kind }) => kind.includes('proc-macro')));
}

/**
 * @param {string} target
 * @returns {Promise<{ packages: Map<string, Crate>, nodes: Map<string, Node> }>}
 */
async function metadata(target) {
  const args = ['metadata', '--format-version', '1', '--locked', '--filter-platform', target];
  const { status, stdout, stderr } = await run('cargo', args, { cwd: ROOT });
  if (status !== 0) throw new Problem(`cargo ${args.join(' ')}\nfailed with status ${status}; it printed:\n${stderr}`);
  /** @type {{ packages: Crate[], resolve: { nodes: Node[] } }} */
  const { packages, resolve } = JSON.parse(stdout);
  return {
    packages: new Map(packages.map((each) => [each.id, each])),
    nodes: new Map(resolve.nodes.map((each) => [each.id, each])),
  };
}

/** SHA-256 of the crates' archives, by `NAME VERSION`: only the lock file has them. */
async function checksums() {
  const lock = await readFile(at('Cargo.lock'), 'utf8');
  const entry = /^name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "([0-9a-f]{64})"$/gm;
  return new Map([...lock.matchAll(entry)].map(([, name, version, sum = '']) => [`${name} ${version}`, sum]));
}
