/**
 * The npm packages that are bundled into our JavaScript: the `dependencies` of package.json and theirs, by the lock file.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { at } from '../project.mjs';

/** @import { Part } from './parts.mjs' */

/**
 * @typedef {object} Locked an entry of package-lock.json
 * @property {string} version
 * @property {string} [license]
 * @property {Readonly<Record<string, string>>} [dependencies]
 * @property {Readonly<Record<string, string>>} [optionalDependencies]
 */

/** @returns {Promise<Part[]>} */
export async function npmParts() {
  /** @type {{ packages: Record<string, Locked> }} */
  const { packages } = JSON.parse(await readFile(at('package-lock.json'), 'utf8'));
  /** @type {Map<string, Part>} */
  const found = new Map();
  const follow = (/** @type {string} */ path) => {
    const entry = packages[path];
    if (entry === undefined || found.has(path)) return;
    // An optional one is bundled like any other where it is installed.
    const named = Object.keys({ ...entry.dependencies, ...entry.optionalDependencies });
    const used = named.map((name) => resolve(packages, path, name)).filter((each) => packages[each] !== undefined);
    if (path !== '')
      found.set(
        path,
        part(
          path,
          entry,
          used.map((each) => purl(each, packages[each])),
        ),
      );
    for (const each of used) follow(each);
  };
  follow('');
  return [...found.values()];
}

/**
 * @param {string} path
 * @param {Locked} entry
 * @param {readonly string[]} uses
 * @returns {Part}
 */
function part(path, entry, uses) {
  return {
    name: nameOf(path),
    version: entry.version,
    license: entry.license ?? 'NOASSERTION',
    purl: purl(path, entry),
    folder: at(path),
    holders: `the authors of ${nameOf(path)}`,
    uses,
  };
}

/** @param {string} path */
const nameOf = (path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/**
 * @param {string} path
 * @param {Locked | undefined} entry
 */
const purl = (path, entry) => `pkg:npm/${nameOf(path).replace('@', '%40')}@${entry?.version}`;

/**
 * Where a package finds another: in the nearest node_modules, going up.
 * @param {Readonly<Record<string, Locked>>} packages
 * @param {string} from
 * @param {string} name
 * @returns {string}
 */
function resolve(packages, from, name) {
  const path = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (packages[path] !== undefined || from === '') return path;
  const parent = from.lastIndexOf('node_modules/');
  return resolve(packages, from.slice(0, Math.max(0, parent - 1)), name);
}
