/**
 * What the installed Rust reports: its machine, versions, libraries, and the crates of this workspace.
 * @module
 */
import { join } from 'node:path';
import { must } from './project.mjs';

/**
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

/** @param {'host' | 'release' | 'LLVM version'} field of `rustc -vV` */
async function about(field) {
  return new RegExp(`^${field}: (.+)$`, 'm').exec(await must('rustc', ['-vV']))?.[1] ?? '';
}

/** The target of this compiler's own machine. */
export const hostTarget = () => about('host');

export const rustVersion = () => about('release');

export const llvmVersion = () => about('LLVM version');

export async function sysroot() {
  return (await must('rustc', ['--print', 'sysroot'])).trim();
}

/** What rustup installs for a target: libraries in `lib` and, for this machine, tools in `bin`. @param {string} target */
export async function rustlib(target) {
  return join(await sysroot(), 'lib', 'rustlib', target);
}

/**
 * @param {string} target
 * @returns {Promise<{ packages: readonly Crate[], resolve: { nodes: readonly Node[] } }>}
 */
export async function cratesFor(target) {
  return JSON.parse(
    await must('cargo', ['metadata', '--format-version', '1', '--locked', '--filter-platform', target]),
  );
}
